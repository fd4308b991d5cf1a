use super::*;

#[test]
fn a_repository_is_pushed_to_at_its_own_host() {
    let place = Place {
        project: "p",
        location: "us-central1",
        id: "images",
        uri: None,
    };
    assert_eq!(
        place.host_and_prefix(),
        ("us-central1-docker.pkg.dev".to_owned(), "p/images/".to_owned())
    );
    let told = Place {
        uri: Some("localhost:7001/p/images"),
        ..place
    };
    assert_eq!(
        told.host_and_prefix(),
        ("localhost:7001".to_owned(), "p/images/".to_owned())
    );
}

/// The service tells another address for it, where the images are too.
#[test]
fn gcr_io_keeps_its_own_host() {
    let gcr = Place {
        project: "p",
        location: "us",
        id: "gcr.io",
        uri: Some("us-docker.pkg.dev/p/gcr.io"),
    };
    assert_eq!(gcr.host_and_prefix(), ("gcr.io".to_owned(), "p/".to_owned()));
}

#[test]
fn rights_follow_from_roles() {
    let of = |role: &str| rights(&[role.to_owned()]);
    assert!(of("roles/artifactregistry.writer").push && !of("roles/artifactregistry.writer").delete);
    assert!(of("roles/artifactregistry.reader").pull && !of("roles/artifactregistry.reader").push);
    assert!(!of("roles/storage.admin").pull);
}
