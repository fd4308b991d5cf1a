//! The distribution API as a client: log in, push, pull and delete a probe image.
