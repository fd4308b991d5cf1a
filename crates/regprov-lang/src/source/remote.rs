//! How a package is fetched, told from its address, and what its URL may be.

use super::{GIT_HOSTS, Method, RemoteSource, SourceError, wrong};

/// `METHOD::REST`
pub(super) fn forced(text: &str) -> (Option<&str>, &str) {
    match text.split_once("::") {
        Some((forced, rest))
            if !forced.is_empty() && forced.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            (Some(forced), rest)
        }
        Some(_) | None => (None, text),
    }
}

pub(super) fn unsupported(method: &str) -> SourceError {
    let (what, help) = match method {
        "s3" => (
            "Amazon S3",
            "Serve the archive over https, for example with a presigned URL, or use a git repository.",
        ),
        "gcs" => (
            "Google Cloud Storage",
            "Serve the archive over https, for example with a signed URL, or use a git repository.",
        ),
        "hg" => ("Mercurial", "Use a git repository or an archive over https."),
        other => {
            return wrong(format!("modules are not fetched by `{other}`")).help(
                "Use a git repository (`git::https://…`), an archive over https, or a module registry.",
            );
        }
    };
    wrong(format!("modules are not fetched from {what}")).help(help)
}

pub(super) fn unclear(text: &str) -> SourceError {
    let error = wrong("it names no directory, no registry and no package to download");
    let shown = regprov_diag::escape_control(text);
    error.help(format!(
        "A directory beside the configuration begins with `./`: `./{shown}`."
    ))
}

/// Short forms to URLs.
pub(super) fn detect(package: &str) -> Result<String, SourceError> {
    let (path, query) = package
        .split_once('?')
        .map_or((package, String::new()), |(path, query)| {
            (path, format!("?{query}"))
        });
    if path.contains("://") {
        return match host_of(path) {
            Some(host)
                if is_storage(host) && !path.starts_with("https://") && !path.starts_with("http://") =>
            {
                Err(unsupported("s3"))
            }
            _ => Ok(package.to_owned()),
        };
    }
    for host in GIT_HOSTS {
        let Some(rest) = path.strip_prefix(host).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let parts: Vec<&str> = rest.splitn(3, '/').collect();
        let [owner, repository, more @ ..] = parts.as_slice() else {
            return Err(wrong(format!(
                "a repository at {host} is written `{host}/OWNER/NAME`"
            )));
        };
        let repository = repository.strip_suffix(".git").unwrap_or(repository);
        let directory = more.first().map_or(String::new(), |more| format!("//{more}"));
        return Ok(format!(
            "git::https://{host}/{owner}/{repository}.git{directory}{query}"
        ));
    }
    if let Some((user, rest)) = path.split_once('@')
        && let Some((host, repository)) = rest.split_once(':')
        && !user.contains('/')
        && !host.contains('/')
    {
        return Ok(format!(
            "git::ssh://{user}@{host}/{}{query}",
            repository.trim_start_matches('/')
        ));
    }
    if path.starts_with('/') {
        return Ok(format!("file://{path}{query}"));
    }
    let first = path.split('/').next().unwrap_or_default();
    if is_storage(first) {
        return Err(unsupported(if first.ends_with("amazonaws.com") {
            "s3"
        } else {
            "gcs"
        }));
    }
    Ok(package.to_owned())
}

fn is_storage(host: &str) -> bool {
    host.ends_with(".amazonaws.com") || host == "www.googleapis.com"
}

fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    authority.rsplit('@').next()
}

/// Refuses what a program that is handed the URL could take for an option.
pub(super) fn checked(method: Method, url: String) -> Result<String, SourceError> {
    let source = RemoteSource {
        method,
        url,
        directory: String::new(),
    };
    let host = host_of(&source.url).unwrap_or_default();
    let user = source.url.split_once("://").map_or("", |(_, rest)| rest);
    if method != Method::File && !source.url.starts_with("file:") && host.is_empty() {
        return Err(wrong("its URL names no host"));
    }
    if host.starts_with('-') || user.starts_with('-') {
        return Err(wrong("the host of its URL begins with `-`"));
    }
    if method == Method::Git {
        if source.parameter("ref").is_some_and(|name| name.starts_with('-')) {
            return Err(wrong("its `ref` begins with `-`"));
        }
        if source.parameter("sshkey").is_some() {
            return Err(
                wrong("a private key in `sshkey` would be in clear in the configuration")
                    .help("Add the key to the SSH agent, or name its file in the SSH configuration."),
            );
        }
        if let Some(depth) = source.parameter("depth")
            && depth.parse::<u32>().is_err()
        {
            return Err(wrong("its `depth` is not a number"));
        }
    }
    Ok(source.url)
}

fn authority(url: &str) -> Option<(usize, &str)> {
    let from = url.find("://")? + 3;
    let length = url[from..].find(['/', '?']).unwrap_or(url.len() - from);
    Some((from, &url[from..from + length]))
}

pub(super) fn password(url: &str) -> Option<&str> {
    let (_, authority) = authority(url)?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':')
        .map(|(_, password)| password)
        .filter(|password| !password.is_empty())
}

/// A URL whose password is left out.
pub(super) fn without_password(url: &str) -> String {
    let (Some((from, authority)), Some(_)) = (authority(url), password(url)) else {
        return url.to_owned();
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let name = user.split_once(':').map_or(user, |(name, _)| name);
    format!("{}{name}@{host}{}", &url[..from], &url[from + authority.len()..])
}
