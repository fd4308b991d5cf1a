//! `harbor_project` and `harbor_projects`.

use crate::client::{Ask, Client, attribute};
use crate::fields::{filled, object_types};
use crate::project::{Scanner, WireProject, named};
use regex::Regex;
use regprov_provider::{DataSource, Error, ErrorKind, ReadDataRequest};
use regprov_schema::{Computed, Schema};
use serde::{Deserialize, Serialize};

/// A project, by its name.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectData {
    /// Its name.
    name: String,
    /// Its number.
    project_id: Computed<i64>,
    /// Whether anyone may pull.
    public: Computed<bool>,
    /// `Project`, or `ProxyCache`.
    r#type: Computed<String>,
    /// Its scanner.
    vulnerability_scanner: Computed<String>,
    /// Whether images are scanned when they are pushed.
    vulnerability_scanning: Computed<bool>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

/// Projects.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectsData {
    /// A regular expression that their names have.
    name: Option<String>,
    /// Whether only those are wanted that anyone may pull from.
    public: Option<bool>,
    /// `Project`, or `ProxyCache`.
    r#type: Option<String>,
    /// Whether only those are wanted that are scanned.
    vulnerability_scanning: Option<bool>,
    /// The projects.
    projects: Computed<Vec<ProjectRow>>,
    /// Its id.
    #[schema(optional)]
    id: Computed<String>,
}

/// One of several projects.
#[derive(Debug, Serialize, Deserialize, Schema)]
pub(crate) struct ProjectRow {
    /// Its name.
    name: String,
    /// Its number.
    project_id: i64,
    /// Whether anyone may pull.
    public: bool,
    /// `Project`, or `ProxyCache`.
    r#type: String,
    /// Whether images are scanned when they are pushed.
    vulnerability_scanning: bool,
}

object_types!(ProjectRow);

fn is(text: Option<&String>) -> bool {
    text.map(String::as_str) == Some("true")
}

fn kind(project: &WireProject) -> String {
    let caches = project.registry_id.is_some_and(|id| id != 0);
    if caches { "ProxyCache" } else { "Project" }.to_owned()
}

impl DataSource for ProjectData {
    const TYPE: &'static str = "harbor_project";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let name = &request.config.name;
        let Some(found) = named(request.client, name).await? else {
            let message = format!(
                "this Harbor has no project `{}`, or the credential may not see it",
                regprov_http::sanitize(name)
            );
            return Err(Error::new(ErrorKind::Invalid(attribute("name")), message)
                .remedy("Check the name; a project of the same configuration is `harbor_project.NAME`."));
        };
        let path = format!("/projects/{}", found.project_id);
        let wanted = |name: &str| {
            request
                .wanted
                .is_none_or(|wanted| wanted.iter().any(|one| one == name))
        };
        let scanner: Option<Scanner> = match wanted("vulnerability_scanner") {
            false => None,
            true => {
                let ask = format!("{path}/scanner");
                let asked = request
                    .client
                    .api
                    .get(Ask::new(&ask, "read the scanner of the project"))
                    .await;
                match asked {
                    Err(error) if error.kind == ErrorKind::Denied => None,
                    asked => asked?,
                }
            }
        };
        Ok(Self {
            project_id: Computed::known(found.project_id),
            public: Computed::known(is(found.metadata.public.as_ref())),
            r#type: Computed::known(kind(&found)),
            vulnerability_scanner: Computed::known(scanner.map(|scanner| scanner.name).unwrap_or_default()),
            vulnerability_scanning: Computed::known(is(found.metadata.auto_scan.as_ref())),
            id: Computed::known(path),
            ..request.config
        })
    }
}

impl DataSource for ProjectsData {
    const TYPE: &'static str = "harbor_projects";
    type Client = Client;

    async fn read(request: ReadDataRequest<'_, Self>) -> Result<Self, Error> {
        let config = request.config;
        let pattern = filled(config.name.clone()).map(|text| {
            Regex::new(&text).map_err(|_| {
                let message = format!("`{}` is no regular expression", regprov_http::sanitize(&text));
                Error::new(ErrorKind::Invalid(attribute("name")), message)
            })
        });
        let pattern = pattern.transpose()?;
        let listed: Vec<WireProject> = request
            .client
            .api
            .list(Ask::new("/projects", "list the projects"))
            .await?;
        let rows = listed.iter().map(|project| ProjectRow {
            name: project.name.clone(),
            project_id: project.project_id,
            public: is(project.metadata.public.as_ref()),
            r#type: kind(project),
            vulnerability_scanning: is(project.metadata.auto_scan.as_ref()),
        });
        let wanted = rows.filter(|row| {
            pattern.as_ref().is_none_or(|pattern| pattern.is_match(&row.name))
                && (config.public != Some(true) || row.public)
                && (config.vulnerability_scanning != Some(true) || row.vulnerability_scanning)
                && filled(config.r#type.clone()).is_none_or(|kind| kind == row.r#type)
        });
        let projects = Computed::known(wanted.collect());
        let id = Computed::known("harbor-projects".to_owned());
        Ok(Self {
            projects,
            id,
            ..config
        })
    }
}
