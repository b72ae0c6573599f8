//! Pages are whole by themselves, and show what happened.

use core::time::Duration;
use std::fs;
use std::process::Command;

use peergroup_core::Role;

use super::*;
use crate::World;

/// A course of four hosts with a crash and a partition in it.
fn drawn() -> Rc<RefCell<Picture>> {
    let mut world = World::from_seed(5);
    world.config().mock_identities = true;
    let picture = Picture::watch(&mut world, "Two & <two>");
    let (hosts, group) = world.group(4, Role::Admin);
    world.publish(hosts[1], group, "early");
    world.partition(&[&hosts[..2], &hosts[2..]]);
    world.run_for(Duration::from_secs(120));
    world.crash(hosts[3]);
    world.run_for(Duration::from_secs(10));
    world.restart(hosts[3]);
    world.heal();
    world.demand_agreement(&hosts, group, Duration::from_secs(600));
    picture
}

#[test]
fn a_world_is_drawn_with_its_peers_its_messages_and_what_went_wrong() {
    let picture = drawn();
    let picture = picture.borrow();
    assert_eq!(picture.lanes.len(), 4);
    assert!(
        picture
            .lanes
            .iter()
            .enumerate()
            .all(|(number, name)| { name.starts_with(&number.to_string()) && name.len() > 2 })
    );
    let says = |hue: Hue, text: &str| {
        picture.marks.iter().any(|mark| mark.hue == hue && mark.text.contains(text))
    };
    assert!(says(Hue::Deed, "founds the group") && says(Hue::Deed, "publishes"));
    assert!(says(Hue::News, "record") && says(Hue::News, "is a member"));
    assert!(says(Hue::Life, "stops") && says(Hue::Mishap, "partition"));
    let [(lane, from, Some(until))] = picture.gaps[..] else { panic!("{:?}", picture.gaps) };
    assert!(lane == 3 && until - from == 10_000_000);
    for hue in [Hue::Handshake, Hue::Items, Hue::Sets, Hue::Presence] {
        assert!(picture.arrows.iter().any(|arrow| arrow.hue == hue), "{hue:?}");
    }
    let is_direct = |arrow: &Arrow| arrow.hue == Hue::Direct;
    assert!(!picture.arrows.iter().any(is_direct), "every frame was understood");
    let arrived = picture.arrows.iter().filter_map(|arrow| Some((arrow.sent, arrow.arrived?)));
    assert!(arrived.clone().all(|(sent, arrived)| sent < arrived));
    assert!(arrived.count() * 10 > picture.arrows.len() * 8, "most arrive");
}

#[test]
fn a_page_refers_to_nothing_else_and_no_text_gets_out_of_its_place() {
    let mut picture = Picture::new("</title> & \"quoted\"");
    let lane = picture.lane("</script><script>alert(1)</script>");
    picture.mark(lane, 1, Hue::Fault, "back\\slash\n\u{2028} \"quote\"");
    picture.arrow(lane, None, 2, Hue::Items, "push", 7);
    let page = picture.to_html();
    assert_eq!(page.matches("</script>").count(), 2, "the page's own");
    assert_eq!(page.matches("</title>").count(), 1);
    assert!(page.contains("\\u003c/script\\u003e") && page.contains("back\\\\slash\\u000a\\u2028"));
    assert!(page.contains("[0,null,2,null,6,\"push\",7]"), "lost, and for whom is not known");
    for outside in ["src=", "href=", "@import", "url(h", "fetch(", "XMLHttp"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let namespace = "http://www.w3.org/2000/svg";
    assert_eq!(page.matches("http").count(), page.matches(namespace).count());
}

#[test]
fn what_there_is_no_room_for_is_counted() {
    let mut picture = Picture::new("much");
    let lane = picture.lane("one");
    for at in 0..60_002 {
        picture.mark(lane, at, Hue::News, "x");
    }
    assert_eq!((picture.marks.len(), picture.left_out), (60_000, 2));
    let drawn = picture.arrow(lane, lane, 1, Hue::Sets, "compare", 1);
    picture.arrived(drawn, 5);
    picture.arrived(Drawn(None), 5);
    assert_eq!(picture.arrows[0].arrived, Some(5));
}

#[test]
fn drawing_a_world_changes_nothing_in_it() {
    let course = |watch: bool| {
        let mut world = World::from_seed(6);
        world.config().mock_identities = true;
        if watch {
            Picture::watch(&mut world, "watched");
        }
        let (hosts, group) = world.group(3, Role::Member);
        world.publish(hosts[0], group, "note");
        world.run_for(Duration::from_secs(60));
        world.trace_hash()
    };
    assert_eq!(course(true), course(false));
}

/// A browser without a window, if there is one.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok())
}

/// The page as a browser has it after its script has run; none if there is no browser that can.
fn rendered(page: &str, name: &str) -> Option<String> {
    let path = std::env::temp_dir().join(format!("{name}-{}.html", std::process::id()));
    fs::write(&path, page).unwrap();
    let profile = path.with_extension("profile");
    let output = Command::new(browser()?)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1600,1000"])
        .args(["--virtual-time-budget=3000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", path.display()))
        .output();
    fs::remove_file(&path).ok();
    fs::remove_dir_all(&profile).ok();
    let dom = String::from_utf8(output.ok()?.stdout).ok()?;
    (!dom.is_empty()).then_some(dom)
}

#[test]
fn a_browser_draws_the_page() {
    let page = drawn().borrow().to_html();
    let Some(dom) = rendered(&page, "picture") else {
        // its structure is all that can be seen without one
        assert!(page.contains("<svg id=\"chart\"") && page.contains("\"arrows\":[["));
        return;
    };
    assert!(dom.matches("<line ").count() > 300, "lanes and messages");
    assert!(dom.matches("class=\"says").count() > 20, "words");
    assert!(dom.matches("aria-pressed=\"true\"").count() >= 6, "what can be switched off");
    assert!(dom.contains("founds the group") && dom.contains(">Two &amp; &lt;two&gt;<"));
    assert!(dom.matches("<li ").count() > 20, "what is listed");
    assert!(!dom.contains("NaN"), "no place is undefined");
}
