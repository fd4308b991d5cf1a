//! How a cluster is reached: kubeconfig files, the pod's own account, or the arguments of the block.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::backend::{OpenError, Surroundings, TlsNeeds};
use crate::settings::Settings;

/// Where a pod finds its account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How a cluster is reached.
pub(super) struct Access {
    pub(super) server: String,
    pub(super) trust: TlsNeeds,
    pub(super) identity: Identity,
}

/// Who asks, beside a certificate.
pub(super) enum Identity {
    Nobody,
    Token(Zeroizing<String>),
    /// A token that someone else renews.
    TokenFile(PathBuf),
    Password(String, Zeroizing<String>),
}

impl Identity {
    pub(super) fn authorization(&self) -> Option<Zeroizing<String>> {
        Some(Zeroizing::new(match self {
            Self::Nobody => return None,
            Self::Token(token) => format!("Bearer {}", **token),
            Self::TokenFile(path) => {
                let token = Zeroizing::new(std::fs::read_to_string(path).ok()?);
                format!("Bearer {}", token.trim())
            }
            Self::Password(user, password) => {
                let pair = Zeroizing::new(format!("{user}:{}", **password));
                format!("Basic {}", STANDARD.encode(pair.as_bytes()))
            }
        }))
    }
}

fn wrong(text: impl Into<String>) -> OpenError {
    OpenError::Settings(text.into())
}

impl Access {
    pub(super) async fn find(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let mut access = if settings.flag("in_cluster_config").unwrap_or(false) {
            Self::of_pod(settings)?
        } else {
            Self::of_files(settings, surroundings).await?
        };
        if let Some(host) = settings.text("host") {
            access.server = if host.contains("://") {
                host.to_owned()
            } else {
                format!("https://{host}")
            };
        }
        if let Some(authority) = settings.text("cluster_ca_certificate") {
            access.trust.authorities = vec![authority.as_bytes().to_vec()];
        }
        if let (Some(certificate), Some(key)) =
            (settings.text("client_certificate"), settings.text("client_key"))
        {
            access.trust.identity = Some(Zeroizing::new(format!("{certificate}\n{key}").into_bytes()));
        }
        if let Some(token) = settings.text("token") {
            access.identity = Identity::Token(Zeroizing::new(token.to_owned()));
        } else if let (Some(user), Some(password)) = (settings.text("username"), settings.text("password")) {
            access.identity = Identity::Password(user.to_owned(), Zeroizing::new(password.to_owned()));
        }
        if access.server.is_empty() {
            return Err(wrong(
                "No cluster is named. Set `config_path` (or KUBE_CONFIG_PATH), `in_cluster_config`, or `host` with a `token`.",
            ));
        }
        Ok(access)
    }

    /// Nothing is known yet: the arguments may say it.
    fn unknown() -> Self {
        Self {
            server: String::new(),
            trust: TlsNeeds::default(),
            identity: Identity::Nobody,
        }
    }

    fn of_pod(settings: &Settings) -> Result<Self, OpenError> {
        let (Some(host), Some(port)) = (
            settings.variable("KUBERNETES_SERVICE_HOST"),
            settings.variable("KUBERNETES_SERVICE_PORT"),
        ) else {
            return Err(wrong(
                "`in_cluster_config` is set, but this is no pod: KUBERNETES_SERVICE_HOST is not set.",
            ));
        };
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        let folder = Path::new(ACCOUNT);
        let authority = std::fs::read(folder.join("ca.crt"))
            .map_err(|error| wrong(format!("The pod's account cannot be read: {error}.")))?;
        Ok(Self {
            server: format!("https://{host}:{port}"),
            trust: TlsNeeds {
                authorities: vec![authority],
                identity: None,
            },
            identity: Identity::TokenFile(folder.join("token")),
        })
    }

    async fn of_files(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let config = Config::read(settings, surroundings)?;
        let context = settings.text("config_context").or(config.current.as_deref());
        let context = match context {
            Some(name) => config
                .entry("contexts", "context", name)
                .ok_or_else(|| wrong(format!("There is no context `{name}` in the kubeconfig files.")))?,
            None => Value::Null,
        };
        let named = |argument: &str, field: &str| {
            settings
                .text(argument)
                .or_else(|| context[field].as_str())
                .map(str::to_owned)
        };
        let mut access = Self::unknown();
        if let Some(name) = named("config_context_cluster", "cluster") {
            let cluster = config
                .entry("clusters", "cluster", &name)
                .ok_or_else(|| wrong(format!("There is no cluster `{name}` in the kubeconfig files.")))?;
            access.server = cluster["server"].as_str().unwrap_or_default().to_owned();
            if cluster["insecure-skip-tls-verify"] == true {
                return Err(wrong(format!(
                    "The cluster `{name}` asks for certificates not to be checked, which is never done. Put its authority in place \
                     of `insecure-skip-tls-verify`."
                )));
            }
            access.trust.authorities = Config::bytes(&cluster, "certificate-authority")?
                .into_iter()
                .collect();
        }
        let user = match named("config_context_auth_info", "user") {
            Some(name) => config
                .entry("users", "user", &name)
                .ok_or_else(|| wrong(format!("There is no user `{name}` in the kubeconfig files.")))?,
            None => Value::Null,
        };
        access.identify(&user)?;
        if let Some(exec) = exec(settings, &user) {
            access.run(&exec, surroundings).await?;
        }
        Ok(access)
    }

    fn identify(&mut self, user: &Value) -> Result<(), OpenError> {
        let certificate = Config::bytes(user, "client-certificate")?;
        if let (Some(mut pem), Some(key)) = (certificate, Config::bytes(user, "client-key")?) {
            pem.push(b'\n');
            pem.extend(key);
            self.trust.identity = Some(Zeroizing::new(pem));
        }
        let text = |name: &str| user[name].as_str().filter(|text| !text.is_empty());
        if let Some(token) = text("token") {
            self.identity = Identity::Token(Zeroizing::new(token.to_owned()));
        } else if let Some(path) = text("tokenFile") {
            self.identity = Identity::TokenFile(path.into());
        } else if let (Some(name), Some(password)) = (text("username"), text("password")) {
            self.identity = Identity::Password(name.to_owned(), Zeroizing::new(password.to_owned()));
        }
        Ok(())
    }

    /// Asks the program that gives credentials.
    async fn run(&mut self, exec: &Value, surroundings: &Surroundings) -> Result<(), OpenError> {
        let command = exec["command"].as_str().unwrap_or_default();
        let texts = |value: &Value| -> Vec<String> {
            let items = value.as_array().into_iter().flatten();
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        let version = exec["apiVersion"]
            .as_str()
            .unwrap_or("client.authentication.k8s.io/v1");
        let mut environment: Vec<(String, String)> = exec["env"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|pair| {
                Some((
                    pair["name"].as_str()?.to_owned(),
                    pair["value"].as_str()?.to_owned(),
                ))
            })
            .collect();
        let about = json!({"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": false}});
        environment.push(("KUBERNETES_EXEC_INFO".into(), about.to_string()));
        let said = surroundings
            .network
            .run(command, &texts(&exec["args"]), &environment)
            .await
            .map_err(|reason| {
                wrong(format!(
                    "`{command}`, which gives the cluster's credentials, failed: {reason}"
                ))
            })?;
        let credential: Value = serde_json::from_slice(&said)
            .map_err(|_| wrong(format!("`{command}` did not print a credential in JSON.")))?;
        let status = &credential["status"];
        if let Some(token) = status["token"].as_str() {
            self.identity = Identity::Token(Zeroizing::new(token.to_owned()));
        }
        let pair = (
            status["clientCertificateData"].as_str(),
            status["clientKeyData"].as_str(),
        );
        if let (Some(certificate), Some(key)) = pair {
            self.trust.identity = Some(Zeroizing::new(format!("{certificate}\n{key}").into_bytes()));
        }
        Ok(())
    }
}

/// The program of the block, or that of the user in the files.
fn exec(settings: &Settings, user: &Value) -> Option<Value> {
    if let Some(block) = settings.object("exec") {
        let environment: Vec<Value> = block
            .text_map("env")
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        return Some(json!({
            "apiVersion": block.text("api_version"),
            "command": block.text("command"),
            "args": block.texts("args"),
            "env": environment,
        }));
    }
    user.get("exec").filter(|exec| exec.is_object()).cloned()
}

/// Kubeconfig files, merged: the first one that names something counts.
struct Config {
    files: Vec<(PathBuf, Value)>,
    current: Option<String>,
}

impl Config {
    fn read(settings: &Settings, surroundings: &Surroundings) -> Result<Self, OpenError> {
        let mut paths: Vec<String> = settings
            .text("config_path")
            .map(str::to_owned)
            .into_iter()
            .collect();
        if paths.is_empty() {
            paths = settings.texts("config_paths");
        }
        if paths.is_empty() {
            let listed = settings.variable("KUBE_CONFIG_PATHS").unwrap_or_default();
            paths = listed
                .split(':')
                .filter(|path| !path.is_empty())
                .map(str::to_owned)
                .collect();
        }
        let mut files = Vec::new();
        if !settings.flag("load_config_file").unwrap_or(true) {
            paths.clear();
        }
        for path in paths {
            let path = match (path.strip_prefix("~/"), settings.variable("HOME")) {
                (Some(rest), Some(home)) => Path::new(home).join(rest),
                _ => surroundings.directory.join(&path),
            };
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => Zeroizing::new(text),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    return Err(wrong(format!("{} cannot be read: {error}.", path.display())));
                }
            };
            let documents = Yaml::load_from_str(&text)
                .map_err(|error| wrong(format!("{} is not YAML: {error}.", path.display())))?;
            let value = documents.first().map_or(Value::Null, plain);
            files.push((path, value));
        }
        let current = files
            .iter()
            .find_map(|(_, file)| file["current-context"].as_str().filter(|name| !name.is_empty()))
            .map(str::to_owned);
        Ok(Self { files, current })
    }

    /// An entry of a list, by its name; it keeps the folder of its file.
    fn entry(&self, list: &str, field: &str, name: &str) -> Option<Value> {
        self.files.iter().find_map(|(path, file)| {
            let entries = file[list].as_array()?;
            let entry = entries.iter().find(|entry| entry["name"] == *name)?;
            let mut found = entry[field].clone();
            if let (Some(folder), Some(fields)) = (path.parent(), found.as_object_mut()) {
                for (name, value) in fields.iter_mut() {
                    let is_path = [
                        "certificate-authority",
                        "client-certificate",
                        "client-key",
                        "tokenFile",
                    ]
                    .contains(&name.as_str());
                    if let (true, Some(text)) = (is_path, value.as_str()) {
                        *value = folder.join(text).display().to_string().into();
                    }
                }
            }
            Some(found)
        })
    }

    /// What stands in a field as base64, or in the file that another field names.
    fn bytes(entry: &Value, name: &str) -> Result<Option<Vec<u8>>, OpenError> {
        if let Some(data) = entry[format!("{name}-data")]
            .as_str()
            .filter(|data| !data.is_empty())
        {
            return STANDARD
                .decode(data)
                .map(Some)
                .map_err(|_| wrong(format!("`{name}-data` in the kubeconfig file is not base64.")));
        }
        let Some(path) = entry[name].as_str().filter(|path| !path.is_empty()) else {
            return Ok(None);
        };
        std::fs::read(path)
            .map(Some)
            .map_err(|error| wrong(format!("{path} cannot be read: {error}.")))
    }
}

/// YAML as JSON: what a kubeconfig file holds is no more than that.
fn plain(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::String(text)) => Value::String(text.to_string()),
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(fields) => {
            let fields: Map<String, Value> = fields
                .iter()
                .filter_map(|(name, value)| Some((name.as_str()?.to_owned(), plain(value))))
                .collect();
            Value::Object(fields)
        }
        _ => Value::Null,
    }
}
