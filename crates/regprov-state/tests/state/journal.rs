//! The journal as bytes: torn, damaged, replayed.

use regprov_state::{
    Action, Begin, BeginId, Edit, Frame, FrameKind, ObjectKey, Outcome, Record, Segment, Session, Snapshot,
    StateError, replay,
};

use crate::support::{CANARY, address, open, plain_object, secret_object};

fn frames(count: u64) -> Vec<Frame> {
    let frame = |sequence| Frame {
        kind: FrameKind::Clear,
        epoch: 7,
        sequence,
        payload: format!("payload number {sequence} {}", "x".repeat(sequence as usize * 40)).into_bytes(),
    };
    (0..count).map(frame).collect()
}

#[test]
fn a_journal_torn_at_any_byte_replays_to_a_prefix() {
    let frames = frames(5);
    let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
    let mut seen = 0;
    for length in 0..=bytes.len() {
        let parsed = Segment::parse(&bytes[..length], 7, "journal").expect("torn is not damaged");
        assert_eq!(parsed.frames, frames[..parsed.frames.len()]);
        assert!(parsed.frames.len() >= seen, "never less for more bytes");
        seen = parsed.frames.len();
        let whole: usize = parsed.frames.iter().map(|frame| frame.encode().len()).sum();
        assert_eq!(whole + parsed.torn, length);
    }
    assert_eq!(seen, frames.len());
}

#[test]
fn every_flipped_bit_of_a_journal_is_noticed() {
    let frames = frames(3);
    let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            let error = Segment::parse(&changed, 7, "journal").expect_err("noticed");
            assert!(
                matches!(error, StateError::JournalDamaged { .. }),
                "{place} {bit} {error}"
            );
        }
    }
}

#[test]
fn a_missing_repeated_or_foreign_frame_is_noticed() {
    let frames = frames(3);
    let encode =
        |picked: &[usize]| -> Vec<u8> { picked.iter().flat_map(|index| frames[*index].encode()).collect() };
    for picked in [&[0, 2][..], &[1], &[0, 0, 1], &[0, 1, 1]] {
        assert!(
            Segment::parse(&encode(picked), 7, "journal").is_err(),
            "{picked:?}"
        );
    }
    assert!(
        Segment::parse(&encode(&[0, 1, 2]), 8, "journal").is_err(),
        "another epoch"
    );
}

#[test]
fn a_file_that_grew_before_it_was_written_counts_as_torn() {
    let frames = frames(2);
    let mut bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
    bytes.extend(vec![0; 3000]);
    let parsed = Segment::parse(&bytes, 7, "journal").expect("torn");
    assert_eq!((parsed.frames.len(), parsed.torn), (2, 3000));
    let large = Frame {
        payload: vec![b'y'; 4000],
        sequence: 2,
        ..frames[0].clone()
    };
    let mut bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
    let start = bytes.len();
    bytes.extend(large.encode());
    bytes[start.next_multiple_of(512) + 512..][..512].fill(0);
    let parsed = Segment::parse(&bytes, 7, "journal").expect("torn");
    assert_eq!(parsed.frames.len(), 2);
    bytes.extend(
        Frame {
            sequence: 3,
            ..frames[0].clone()
        }
        .encode(),
    );
    assert!(
        Segment::parse(&bytes, 7, "journal").is_err(),
        "a later frame proves that it was whole once"
    );
}

fn id(number: u64) -> BeginId {
    BeginId { epoch: 1, number }
}

fn begin(number: u64, text: &str) -> Record {
    Record::Begin {
        id: id(number),
        begin: Begin::new(address(text), Action::Create),
    }
}

fn end(number: u64, outcome: Outcome) -> Record {
    Record::End {
        id: id(number),
        outcome,
    }
}

#[test]
fn records_apply_in_order_and_writes_without_an_end_stay_open() {
    let object = |name: &str| Box::new(plain_object(name));
    let current = |text: &str| ObjectKey::current(address(text));
    let deposed = |text: &str| ObjectKey::deposed(address(text), "0a1b2c3d");
    let replayed = replay(
        Snapshot::default(),
        Vec::new(),
        [
            begin(1, "x.a"),
            begin(2, "x.b"),
            end(1, Outcome::Object(object("a"))),
            begin(3, "x.c"),
            end(3, Outcome::Failed(None)),
            Record::Step {
                id: id(2),
                object: Some(object("half")),
                data: serde_json::Value::Null,
            },
            Record::Edit(Edit::Move {
                from: current("x.a"),
                to: deposed("x.a"),
            }),
            begin(4, "x.a"),
            end(4, Outcome::Object(object("a2"))),
            Record::Edit(Edit::Put {
                key: current("x.d"),
                object: object("d"),
            }),
            Record::Edit(Edit::Forget { key: current("x.d") }),
            end(9, Outcome::Deleted),
        ],
    );
    let keys: Vec<_> = replayed.snapshot.instances.keys().cloned().collect();
    assert_eq!(keys, [current("x.a"), deposed("x.a")]);
    assert_eq!(
        replayed.snapshot.instances[&current("x.a")].attributes["id"],
        "a2"
    );
    let open: Vec<_> = replayed.open.values().collect();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].id, open[0].steps.len()), (id(2), 1));
}

/// The records of a run, with the file's length after each of them was durable.
async fn recorded(session: &Session, path: &std::path::Path) -> Vec<(u64, usize, usize)> {
    let mut lengths = vec![(0, 0, 0)];
    let length = || std::fs::metadata(path).expect("a journal").len();
    for (done, name) in ["x.a", "x.b", "x.c"].into_iter().enumerate() {
        let id = session
            .begin(Begin::new(address(name), Action::Create))
            .await
            .expect("begun");
        lengths.push((length(), done, 1));
        let outcome = Outcome::Object(Box::new(secret_object(&format!("{CANARY}{name}"))));
        session.end(id, outcome).await.expect("ended");
        lengths.push((length(), done + 1, 0));
    }
    lengths
}

#[tokio::test]
async fn a_session_whose_journal_was_torn_at_any_byte_recovers_what_was_durable() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("terraform.tfstate.journal-1");
    let session = open(directory.path()).await;
    let lengths = recorded(&session, &path).await;
    session.abandon().await.expect("unlocked");
    let bytes = std::fs::read(&path).expect("a journal");
    for length in (0..=bytes.len())
        .filter(|length| length % 7 == 0 || lengths.iter().any(|(at, ..)| *at as usize == *length))
    {
        std::fs::write(&path, &bytes[..length]).expect("torn");
        let session = open(directory.path()).await;
        let (_, objects, open_begins) = lengths
            .iter()
            .rfind(|(at, ..)| *at as usize <= length)
            .expect("the first is zero");
        assert_eq!(session.read(|state| state.instances.len()), *objects, "{length}");
        assert_eq!(session.open_begins().len(), *open_begins, "{length}");
        session.abandon().await.expect("unlocked");
    }
}
