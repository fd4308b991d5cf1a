//! Group commit: whatever is queued becomes durable in one write.

use super::{Piece, Session, Ticket, Writer};
use crate::error::StateError;
use crate::journal::{FrameKind, clear_frame, encode_records};
use crate::record::Record;
use crate::seal::Sealer;
use crate::store::{Lease, SegmentId};

impl Session {
    /// Makes durable every record up to the ticket's, together with all others that are queued: one write for all.
    ///
    /// Guarantees: a commit that is dropped before it ends loses nothing; the next one, or [`Session::finish`], sends the
    /// same bytes again.
    ///
    /// # Errors
    /// When the store fails. The records stay queued, and may be committed again.
    pub async fn commit(&self, ticket: Ticket) -> Result<(), StateError> {
        // Tasks that are ready now get to queue their records first, and share this write.
        yield_once().await;
        let mut writer = self.writer.lock().await;
        while self.shared().durable < ticket.0 {
            self.flush(&mut writer).await?;
        }
        Ok(())
    }

    /// Sends one piece: what was cut short before, or else all that is queued.
    pub(super) async fn flush(&self, writer: &mut Writer) -> Result<(), StateError> {
        let Some(lease) = &self.lease else {
            return Err(StateError::ReadOnly {
                location: self.location.clone(),
            });
        };
        if !writer.open {
            return Err(StateError::NotHeld {
                location: self.location.clone(),
            });
        }
        let piece = match writer.unsent.take() {
            Some(piece) => Some(piece),
            None => self.next_piece(writer)?,
        };
        let Some(piece) = piece else { return Ok(()) };
        // From here on it counts as on its way, even if this future is dropped.
        let piece = writer.unsent.insert(piece);
        self.send(lease, piece).await?;
        let Some(piece) = writer.unsent.take() else {
            return Ok(());
        };
        if writer.segments.last() != Some(&piece.segment) {
            writer.segments.push(piece.segment);
        }
        writer.next = piece.next;
        writer.header = piece.header;
        writer.key_written = piece.key_written;
        self.shared().durable = piece.upto;
        Ok(())
    }

    /// Sends everything, so that nothing is queued any more.
    pub(super) async fn flush_all(&self, writer: &mut Writer) -> Result<(), StateError> {
        while writer.unsent.is_some() || !self.shared().queue.is_empty() {
            self.flush(writer).await?;
        }
        Ok(())
    }

    async fn send(&self, lease: &Lease, piece: &Piece) -> Result<(), StateError> {
        match self.store.append(lease, piece.segment, &piece.bytes).await {
            Err(error @ StateError::SegmentExists { .. }) => {
                // It may be our own, from a write whose answer was lost. Another writer's differs: its nonces do.
                let present = self.store.read_segment(piece.segment).await;
                if present.is_ok_and(|present| present == piece.bytes) {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            result => result,
        }
    }

    fn next_piece(&self, writer: &Writer) -> Result<Option<Piece>, StateError> {
        let mut shared = self.shared();
        if shared.queue.is_empty() {
            return Ok(None);
        }
        let sealer = shared.sealer.clone();
        let mut piece = self.encode(writer, &shared.queue, sealer.as_deref())?;
        shared.queue.clear();
        piece.upto = shared.appended;
        Ok(Some(piece))
    }

    fn encode(
        &self,
        writer: &Writer,
        records: &[Record],
        sealer: Option<&Sealer>,
    ) -> Result<Piece, StateError> {
        let first = writer.next;
        let mut next = first;
        let mut bytes = Vec::new();
        let mut header = writer.header.clone();
        let mut key_written = writer.key_written;
        if first == 0 || writer.closing {
            header.sealing = sealer.map(|sealer| sealer.header().clone());
            key_written = sealer.is_some();
            bytes.extend(clear_frame(FrameKind::Header, (self.epoch, next), &header).encode());
            next += 1;
        }
        if let (Some(sealer), false) = (sealer, key_written) {
            bytes.extend(clear_frame(FrameKind::Key, (self.epoch, next), sealer.header()).encode());
            key_written = true;
            next += 1;
        }
        bytes.extend(encode_records(records, &header, (self.epoch, next), sealer)?.encode());
        next += 1;
        let segment = SegmentId {
            epoch: self.epoch,
            sequence: first,
        };
        Ok(Piece {
            segment,
            bytes,
            next,
            header,
            key_written,
            upto: 0,
        })
    }
}

/// Lets every other task that is ready run first.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return std::task::Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
