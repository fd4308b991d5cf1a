//! HCL to configuration: syntax with spans, compiled expressions, evaluation, functions, modules.
