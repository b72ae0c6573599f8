use super::*;

#[test]
fn whoever_was_invited_is_let_in_and_what_it_says_is_taken_in() {
    for who in [0, 2] {
        let mut world = World::new();
        world.step(&mut Tape::new(&[0, who]));
        assert_eq!(world.rig.node.is_authenticated(world.links[0]), Some(true));
        // an announcement of its own
        let held = world.rig.node.statements(scene().seat).unwrap().count();
        let resigns = [2, 0, 0, who / 2, 3, 0, 4, 0, 1, 0, 0, 1];
        world.step(&mut Tape::new(&resigns));
        assert_eq!(world.rig.node.statements(scene().seat).unwrap().count(), held + 1);
    }
}

#[test]
fn an_admin_brings_somebody_in_and_a_member_does_not() {
    for (who, brings) in [(0, false), (2, true)] {
        let mut world = World::new();
        world.step(&mut Tape::new(&[0, who]));
        world.step(&mut Tape::new(&grant_by(who / 2)));
        let mut members = world.rig.node.members(scene().seat).unwrap();
        assert_eq!(members.any(|member| member.peer == peer(11)), brings);
        world.check_members();
    }
}
