//! Push credentials to their consumers: BinderHub values, docker config, Kubernetes secrets.
