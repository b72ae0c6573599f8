//! What a node keeps in memory of neighbours.

use std::println;

use super::*;

impl Rig {
    /// How many bytes more the node holds after some work. What its driver holds does not count.
    fn grows(&mut self, work: impl FnOnce(&mut Self)) -> i64 {
        self.forget();
        let measured = allocation_counter::measure(|| {
            work(self);
            self.forget();
        });
        measured.bytes_current
    }

    fn forget(&mut self) {
        self.store = BTreeMap::new();
        self.bytes = BTreeMap::new();
        self.events = Vec::new();
        self.notices = Vec::new();
    }
}

#[test]
fn r08_a_neighbour_that_is_idle_takes_less_than_four_kilobytes_its_link_included() {
    let mut rig = Rig::new();
    let peers: Vec<Peer> = (10..18).map(|number| rig.peer(number, Role::Member)).collect();
    let held = rig.grows(|rig| {
        for peer in &peers {
            rig.neighbour(peer);
        }
        rig.run(Duration::from_secs(1));
    });
    let each = held / 8;
    println!("a neighbour: {each} bytes, its link included");
    assert!(each <= 3584, "{each}");
}
