//! `creds render`: write a credential in the form of its consumer.
