//! The probe image: one layer with one small file, valid for every tool.

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// `sha256:…` of some bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(String);

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(format!("sha256:{}", hex::encode(Sha256::digest(bytes))))
    }

    /// `sha256:…`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar";

/// A tiny image that differs with its nonce, so that no registry has parts of it already.
#[derive(Clone, Debug)]
pub struct ProbeImage {
    /// The one layer, a tar archive.
    pub layer: Bytes,
    /// The configuration.
    pub config: Bytes,
    /// The manifest.
    pub manifest: Bytes,
}

impl ProbeImage {
    /// Makes the image.
    #[must_use]
    pub fn new(nonce: &str) -> Self {
        let layer = tar_of("regprov-probe", nonce);
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": { "type": "layers", "diff_ids": [Digest::of(&layer).as_str()] },
            "history": [{ "created_by": "regprov probe" }],
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": { "mediaType": CONFIG_TYPE, "digest": Digest::of(&config).as_str(), "size": config.len() },
            "layers": [{ "mediaType": LAYER_TYPE, "digest": Digest::of(&layer).as_str(), "size": layer.len() }],
        });
        Self {
            layer: layer.into(),
            config: config.into(),
            manifest: manifest.to_string().into_bytes().into(),
        }
    }
}

/// A tar archive of one file of less than 512 bytes, dated 1970.
fn tar_of(name: &str, content: &str) -> Vec<u8> {
    const BLOCK: usize = 512;
    let content = &content.as_bytes()[..content.len().min(BLOCK)];
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", content.len()));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = header.to_vec();
    archive.extend_from_slice(content);
    archive.resize(4 * BLOCK, 0);
    archive
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    #[test]
    fn a_digest_is_that_of_the_standard() {
        assert_eq!(
            Digest::of(b"").as_str(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn images_differ_with_their_nonce() {
        assert_ne!(ProbeImage::new("a").manifest, ProbeImage::new("b").manifest);
        assert_eq!(ProbeImage::new("a").manifest, ProbeImage::new("a").manifest);
    }

    #[test]
    fn a_real_tar_reads_the_layer() {
        let spawned = Command::new("tar")
            .args(["-xOf", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut tar) = spawned else {
            println!("skipped: no tar on this machine");
            return;
        };
        tar.stdin
            .take()
            .unwrap()
            .write_all(&ProbeImage::new("the nonce").layer)
            .unwrap();
        let output = tar.wait_with_output().unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout, b"the nonce");
    }
}
