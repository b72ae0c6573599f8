//! Large payloads as the application hands them over and reads them.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use bytes::Bytes;
use futures_channel::oneshot;
use futures_io::AsyncRead;
use futures_util::AsyncReadExt as _;
use futures_util::future::BoxFuture;
use peergroup_core::limits::{PAYLOAD_AT_ONCE_MAX, PAYLOAD_LEAF_BYTES};
use peergroup_core::{PayloadId, PublishError, ReadError, Record, UploadError, UploadId};

use super::Group;
use super::begun::Begun;
use crate::drive::{Desk, Node};
use crate::error::Error;
use crate::events::Note;

/// Leaves that are handed over at a time: they are made durable together.
const LEAVES: usize = 8;

/// Large payloads.
impl Group {
    /// Reads a large payload, or what has come of it: from a place on, to the end of the leaf
    /// there, 64 KiB at most.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn read_payload(
        &self,
        payload: PayloadId,
        offset: u32,
    ) -> Result<Bytes, Error<ReadError>> {
        let seat = self.seat;
        let (answer, answered) = oneshot::channel();
        let ask = move |desk: &mut Desk| {
            let ticket = desk.node.read_payload(desk.now, seat, payload, offset)?;
            desk.await_read(ticket, answer);
            Ok(())
        };
        self.handle.try_ask(ask).await?;
        answered.await.map_err(|_| Error::Stopped)?.map_err(Error::Refused)
    }

    /// Reads a large payload from its beginning on, a leaf at a time.
    pub fn payload_reader(&self, payload: PayloadId) -> PayloadReader {
        let leaf = Bytes::new();
        PayloadReader { group: self.clone(), payload, at: 0, leaf, reading: None }
    }

    /// All of a record's payload, whether it is large or not.
    ///
    /// # Errors
    /// [`ReadError`]: [`ReadError::NotHere`] until [`Event::PayloadArrived`](crate::Event) says
    /// that it has come.
    pub async fn payload(&self, record: &Record) -> Result<Bytes, Error<ReadError>> {
        let Some(large) = record.large else { return Ok(record.payload.clone()) };
        if !large.is_here() {
            return Err(Error::Refused(ReadError::NotHere));
        }
        let mut whole = Vec::new();
        let mut at = 0;
        while at < large.id.size() {
            whole.extend_from_slice(&self.read_payload(large.id, at).await?);
            at = u32::try_from(whole.len()).unwrap_or(u32::MAX);
        }
        Ok(whole.into())
    }

    /// Hands over a large payload, to be published with
    /// [`RecordDraft::upload`](crate::RecordDraft::upload): half a mebibyte of it is in memory at a
    /// time. If it fails, or its future is dropped, what has been stored of it is freed.
    ///
    /// # Errors
    /// An error of `source`, or [`Error`] of [`UploadError`] inside an [`io::Error`].
    pub async fn upload(&self, mut source: impl AsyncRead + Unpin) -> io::Result<UploadId> {
        let begun = self.begin_upload().await.map_err(io::Error::other)?;
        self.feed(begun.what(), &mut source).await?;
        Ok(begun.keep())
    }

    /// Gives an upload up and frees what has been stored of it.
    ///
    /// # Errors
    /// [`UploadError`].
    pub async fn abandon_upload(&self, upload: UploadId) -> Result<(), Error<UploadError>> {
        let seat = self.seat;
        self.handle.change(move |node, now| node.abandon_upload(now, seat, upload)).await
    }

    /// Uploads a payload that is too large for one call. Once it is published it is to be kept.
    pub(super) async fn upload_large(
        &self,
        payload: &Bytes,
    ) -> Result<Option<Begun<UploadId>>, Error<PublishError>> {
        if payload.len() <= PAYLOAD_AT_ONCE_MAX {
            return Ok(None);
        }
        let refused = |error: Error<UploadError>| error.map(refusal);
        let begun = self.begin_upload().await.map_err(refused)?;
        for part in payload.chunks(LEAVES.saturating_mul(PAYLOAD_LEAF_BYTES)) {
            self.give(begun.what(), payload.slice_ref(part)).await.map_err(refused)?;
        }
        Ok(Some(begun))
    }

    async fn begin_upload(&self) -> Result<Begun<UploadId>, Error<UploadError>> {
        let (seat, notes) = (self.seat, self.handle.notes.clone());
        let begin = move |node: &mut Node, now| {
            let receipt = node.begin_upload(now, seat)?;
            Ok(receipt.map(|id| Begun::new(id, Note::Abandon(seat, id), notes)))
        };
        self.handle.change(begin).await
    }

    async fn feed(
        &self,
        upload: UploadId,
        source: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<()> {
        loop {
            let mut bytes = vec![0; LEAVES.saturating_mul(PAYLOAD_LEAF_BYTES)];
            let mut filled = 0;
            while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
                match source.read(room).await? {
                    0 => break,
                    count => filled = filled.saturating_add(count),
                }
            }
            let is_last = filled < bytes.len();
            bytes.truncate(filled);
            self.give(upload, bytes.into()).await.map_err(io::Error::other)?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Hands over some leaves, and waits until they are durable.
    async fn give(&self, upload: UploadId, bytes: Bytes) -> Result<(), Error<UploadError>> {
        if bytes.is_empty() {
            return Ok(());
        }
        let seat = self.seat;
        let give = move |node: &mut Node, now| {
            let leaves = bytes.chunks(PAYLOAD_LEAF_BYTES).map(|leaf| bytes.slice_ref(leaf));
            let mut stored = Err(UploadError::NotALeaf);
            for leaf in leaves {
                stored = Ok(node.upload(now, seat, upload, leaf)?);
            }
            stored
        };
        self.handle.change(give).await
    }
}

/// Why a payload that could not be uploaded was not published.
fn refusal(error: UploadError) -> PublishError {
    match error {
        UploadError::NotOpen => PublishError::NotOpen,
        UploadError::TooMany => PublishError::QuotaExceeded,
        UploadError::TooLarge => PublishError::MaxRecordSizeExceeded,
        _ => PublishError::UploadNotFound,
    }
}

/// Reads a large payload from its beginning on. What has not come yet is an error that says so.
pub struct PayloadReader {
    group: Group,
    payload: PayloadId,
    at: u32,
    leaf: Bytes,
    reading: Option<BoxFuture<'static, Result<Bytes, Error<ReadError>>>>,
}

impl AsyncRead for PayloadReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.leaf.is_empty() && self.at < self.payload.size() {
            let (group, payload, at) = (self.group.clone(), self.payload, self.at);
            let reading = self.reading.get_or_insert_with(|| {
                Box::pin(async move { group.read_payload(payload, at).await })
            });
            let leaf = ready!(reading.as_mut().poll(cx));
            self.reading = None;
            self.leaf = leaf.map_err(io::Error::other)?;
            let len = u32::try_from(self.leaf.len()).unwrap_or(u32::MAX);
            self.at = self.at.saturating_add(len);
        }
        let count = self.leaf.len().min(out.len());
        let bytes = self.leaf.split_to(count);
        if let Some(room) = out.get_mut(..count) {
            room.copy_from_slice(&bytes);
        }
        Poll::Ready(Ok(count))
    }
}

impl fmt::Debug for PayloadReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payload, at, .. } = self;
        f.debug_struct("PayloadReader")
            .field("payload", payload)
            .field("at", at)
            .finish_non_exhaustive()
    }
}
