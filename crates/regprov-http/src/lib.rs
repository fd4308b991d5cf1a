//! HTTP transport, token cache, retry, paging, tracing and redaction.
