//! Three contested cases, as an operator reads of them. Run with `--no-capture` to see them.

use alloc::string::{String, ToString};
use std::println;

use super::why::why;
use super::*;
use Role::{Admin, Member};

/// The answer about a peer, with names in the place of ids.
fn told(stage: &Stage, peer: usize, statements: &[(&str, StatementId)]) -> String {
    const PEERS: [&str; 5] = ["Creator", "Ann", "Bob", "Carl", "Dora"];
    let mut text = why(stage, peer).to_string();
    for (name, id) in statements {
        text = text.replace(&id.to_string()[..8], name);
    }
    for (name, peer) in PEERS.iter().zip(&stage.cast.peers) {
        text = text.replace(&peer.to_string()[..8], name);
    }
    println!("\n{text}");
    text
}

#[test]
fn the_creator_decides_between_two_admins_who_remove_each_other() {
    let mut stage = Stage::new();
    let ann = stage.grant(0, None, 1, Admin);
    let bob = stage.grant(0, None, 2, Admin);
    let of_bob = stage.remove(1, Some(ann), 2, &[]);
    let of_ann = stage.remove(2, Some(bob), 1, &[]);
    let last = stage.remove(0, None, 2, &[]);
    let names = [
        ("GA", ann),
        ("GB", bob),
        ("ANN-REMOVES", of_bob),
        ("BOB-REMOVES", of_ann),
        ("LAST", last),
    ];
    let (bob, ann) = (told(&stage, 2, &names), told(&stage, 1, &names));
    assert_eq!(
        bob,
        "Bob is no member:
  grant GB, Admin to Bob by the creator is worth nothing: its holder was removed by removal LAST \
         by the creator
because
  grant GB, Admin to Bob by the creator lives: the creator signed it
  removal LAST of Bob by the creator lives: the creator signed it"
    );
    assert_eq!(
        ann,
        "Ann is an Admin:
  grant GA, Admin to Ann by the creator is worth Admin: it lives, and nothing ends it
    despite removal BOB-REMOVES by Bob (standing 1), which is not senior to standing 1
because
  grant GA, Admin to Ann by the creator lives: the creator signed it"
    );
}

#[test]
fn a_backdated_act_of_a_removed_admin_is_dead() {
    let mut stage = Stage::new();
    let ann = stage.grant(0, None, 1, Admin);
    let honest = stage.grant(1, Some(ann), 3, Member);
    let removal = stage.remove(0, None, 1, &[honest]);
    let body = stage.cast.grant(4, Admin);
    let backdated = stage.say_raw(1, Some(ann), act(1, &[], &[], body));
    let names = [("GA", ann), ("HONEST", honest), ("REMOVAL", removal), ("BACKDATED", backdated)];
    let (dora, carl) = (told(&stage, 4, &names), told(&stage, 3, &names));
    assert_eq!(
        dora,
        "Dora is no member:
  grant BACKDATED, Admin to Dora by Ann (standing 1, grant GA) is worth nothing: it is dead
because
  grant GA, Admin to Ann by the creator lives: the creator signed it
  removal REMOVAL of Ann by the creator lives: the creator signed it
  grant BACKDATED, Admin to Dora by Ann (standing 1, grant GA) is dead: not pinned by \
         removal REMOVAL by the creator, which hits the grant it is signed under"
    );
    assert_eq!(
        carl,
        "Carl is a Member:
  grant HONEST, Member to Carl by Ann (standing 1, grant GA) is worth Member: it lives, and \
         nothing ends it
because
  grant GA, Admin to Ann by the creator lives: the creator signed it
  grant HONEST, Member to Carl by Ann (standing 1, grant GA) lives: so does the grant it is \
         signed under
    despite removal REMOVAL by the creator, which pins it by grant HONEST by Ann (standing 1)"
    );
}

#[test]
fn a_grant_that_cites_the_removal_brings_the_removed_back() {
    let mut stage = Stage::new();
    let ann = stage.grant(0, None, 1, Admin);
    let first = stage.grant(1, Some(ann), 3, Member);
    let removal = stage.remove(1, Some(ann), 3, &[]);
    let body = stage.cast.grant(3, Member);
    let in_vain = stage.say(1, Some(ann), body.clone());
    let again = stage.say_citing(1, Some(ann), &[removal], body);
    let names = [
        ("GA", ann),
        ("FIRST", first),
        ("REMOVAL", removal),
        ("IN-VAIN", in_vain),
        ("AGAIN", again),
    ];
    assert_eq!(
        told(&stage, 3, &names),
        "Carl is a Member:
  grant AGAIN, Member to Carl by Ann (standing 1, grant GA) is worth Member: it lives, and \
         nothing ends it
    despite removal REMOVAL by Ann (standing 1), which is cited by grant AGAIN by Ann (standing 1)
  grant FIRST, Member to Carl by Ann (standing 1, grant GA) is worth nothing: its holder was \
         removed by removal REMOVAL by Ann (standing 1)
  grant IN-VAIN, Member to Carl by Ann (standing 1, grant GA) is worth nothing: its holder was \
         removed by removal REMOVAL by Ann (standing 1)
because
  grant GA, Admin to Ann by the creator lives: the creator signed it
  grant FIRST, Member to Carl by Ann (standing 1, grant GA) lives: so does the grant it is \
         signed under
  removal REMOVAL of Carl by Ann (standing 1, grant GA) lives: so does the grant it is signed under
  grant IN-VAIN, Member to Carl by Ann (standing 1, grant GA) lives: so does the grant it is \
         signed under
  grant AGAIN, Member to Carl by Ann (standing 1, grant GA) lives: so does the grant it is \
         signed under"
    );
}
