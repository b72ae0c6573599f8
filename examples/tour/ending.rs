//! Closing, deleting, shutting down.

use std::fs::File;

use futures_util::io::AllowStdIo;
use peergroup::Group;

use crate::peer::Peer;
use crate::sharing::note;
use crate::stage::{Outcome, SOON, check, done, heading, refused, say, until, within};

pub(crate) async fn keeping_a_copy(ben: &Peer, bens: &Group) -> Outcome {
    heading("Copying the database", "PeerGroupExportDatabase, PeerGroupImportDatabase");
    let export = bens.export_database(Vec::new(), |_| {});
    let why = refused("export a group that is connected", export).await?;
    say(format_args!("Ben wants a copy of all that he has of the group, and is refused: {why}"));
    done("close", bens.close()).await?;
    done("open", ben.node.open(bens.seat())).await?;
    let (path, mut items) = (ben.file("database"), 0);
    let file = AllowStdIo::new(File::create(&path)?);
    done("export", bens.export_database(file, |told| items = told.done)).await?;
    say(format_args!("Offline he may: {items} statements and records are in {}", path.display()));
    let file = AllowStdIo::new(File::open(&path)?);
    done("import", bens.import_database(file, |told| items = told.done)).await?;
    say(format_args!("Another machine of his can import it; here, all {items} are known already"));
    done("connect", bens.connect(SOON)).await
}

pub(crate) async fn closing_and_opening(ben: &Peer, bens: &Group, adas: &Group) -> Outcome {
    heading("Closing a peer group", "PeerGroupClose, PeerGroupOpen, PeerGroupDelete");
    done("close", bens.close()).await?;
    let why = refused("ask a closed group", bens.members()).await?;
    say(format_args!("Ben closes the group, and his handle is of no use: {why}"));
    until("Ada sees him go", async || {
        let member = adas.member(bens.identity()).await?;
        Ok(member.is_some_and(|member| !member.is_online()))
    })
    .await?;
    say("He is a member still, and Ada sees him offline");

    let missed = done("publish", adas.publish(note("while Ben was away"))).await?;
    done("open", ben.node.open(bens.seat())).await?;
    done("connect", bens.connect(SOON)).await?;
    until("Ben catches up", async || Ok(bens.record(missed).await?.is_some())).await?;
    say("He opens it again, connects, and catches up with what he missed");

    let why = refused("delete an open group", ben.node.delete_group(bens.seat())).await?;
    say(format_args!("An open group cannot be deleted: {why}"));
    done("close", bens.close()).await?;
    done("delete", ben.node.delete_group(bens.seat())).await?;
    let left = done("list groups", ben.node.groups(bens.identity())).await?;
    check(left.is_empty(), "Ben's node knows of no group")?;
    let why = refused("open a deleted group", ben.node.open(bens.seat())).await?;
    say(format_args!("Ben closes it and deletes his copy; to open it again is refused: {why}"));
    Ok(())
}

pub(crate) async fn shutting_down(peers: [Peer; 3], cleos: &Group) -> Outcome {
    heading("Shutting down", "PeerGroupShutdown");
    for peer in peers {
        within(SOON, "shut down", peer.node.shutdown()).await?;
        done("the driver ends", peer.driver).await?;
        say(format_args!("{}'s node has said goodbye, and its store is closed", peer.name));
    }
    let why = refused("use a handle", cleos.status()).await?;
    say(format_args!("Cleo's handle is of no use any more: {why}"));
    Ok(())
}
