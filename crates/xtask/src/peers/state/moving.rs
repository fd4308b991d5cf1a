//! A configuration whose state goes from a file to one server after the other and back, with its workspaces; other configurations and the
//! real Terraform read it wherever it is.

use super::programs::{Program, read, write};
use super::servers::Place;
use crate::shell::{Result, present};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const MAIN: &str = r#"resource "terraform_data" "a" {
  count = 2
  input = "${terraform.workspace}-${count.index}"
}

output "names" {
  value = terraform_data.a[*].output
}
"#;

const SECRET: &str = r#"
output "secret" {
  value     = sensitive("canary-moved")
  sensitive = true
}
"#;

/// Takes a state through all places, in this order.
pub(super) fn run(folder: &Path, places: &[Place]) -> Result {
    let stations: Vec<&str> = places.iter().map(|place| place.name).collect();
    println!(
        "\n== a state goes from a file to {}, and back",
        stations.join(", ")
    );
    let environment: Vec<(String, String)> = places
        .iter()
        .flat_map(|place| place.environment.iter().cloned())
        .collect();
    let regprov = Program::regprov(folder)?.told(&environment);
    for (name, text) in [("plain", MAIN.to_owned()), ("sealed", format!("{MAIN}{SECRET}"))] {
        let journey = Journey {
            folder: folder.join(format!("journey-{name}")),
            name,
            regprov: regprov.clone(),
        };
        journey.go(&text, places)?;
    }
    println!(
        "both workspaces are the same at each of them, to regprov, to terraform and to who reads their outputs"
    );
    Ok(())
}

struct Journey {
    folder: PathBuf,
    name: &'static str,
    regprov: Program,
}

impl Journey {
    fn go(&self, text: &str, places: &[Place]) -> Result {
        let folder = &self.folder;
        let _ = fs::remove_dir_all(folder);
        write(&folder.join("main.tf"), text)?;
        self.regprov.run(folder, &["init"], 0)?;
        self.regprov
            .run(folder, &["apply", "-auto-approve", "-seal-state"], 0)?;
        self.regprov.run(folder, &["workspace", "new", "dev"], 0)?;
        self.regprov
            .run(folder, &["apply", "-auto-approve", "-seal-state"], 0)?;
        for place in places {
            let settings = place.block(&format!("journey_{}", self.name))?;
            self.arrive(place.kind, &settings)?;
            self.read_from_elsewhere(place.kind, &settings)?;
            if text == MAIN {
                self.open_with_terraform(place.kind, &settings)?;
            }
        }
        let back = json!({"path": "back.tfstate"});
        self.arrive("local", &back)?;
        let kept = fs::read_to_string(folder.join("back.tfstate")).map_err(|error| error.to_string())?;
        if kept.contains("canary-moved") {
            return Err("a secret came back in clear".into());
        }
        Ok(())
    }

    /// The state is copied to a new place, and goes on there.
    fn arrive(&self, kind: &str, settings: &Value) -> Result {
        let folder = &self.folder;
        // What the block leaves out is said on the command line and in a file, for every other setting.
        let Value::Object(all) = settings else {
            return Err("settings are an object".into());
        };
        let mut block = serde_json::Map::new();
        let mut flags: Vec<String> = vec!["init".into(), "-migrate-state".into(), "-force-copy".into()];
        let mut file = String::new();
        for (number, (name, value)) in all.iter().enumerate() {
            match value {
                Value::String(text) if number % 3 == 1 => {
                    flags.push(format!("-backend-config={name}={text}"));
                }
                Value::String(_) if number % 3 == 2 => file.push_str(&format!("{name} = {value}\n")),
                _ => drop(block.insert(name.clone(), value.clone())),
            }
        }
        write(&folder.join("rest.tfbackend"), &file)?;
        flags.push("-backend-config=rest.tfbackend".into());
        let backend = json!({"terraform": {"backend": {kind: block}}});
        write(&folder.join("backend.tf.json"), &backend.to_string())?;
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        self.regprov.run(folder, &flags, 0)?;
        let listed = self.regprov.run(folder, &["workspace", "list"], 0)?;
        if !(listed.contains("default") && listed.contains("* dev")) {
            return Err(format!("{kind}: workspaces are missing: {listed}"));
        }
        for workspace in ["default", "dev"] {
            self.regprov.run(folder, &["workspace", "select", workspace], 0)?;
            self.regprov.run(folder, &["plan", "-detailed-exitcode"], 0)?;
            let names = self.regprov.run(folder, &["output", "-json", "names"], 0)?;
            let names: Value = serde_json::from_str(&names).map_err(|error| error.to_string())?;
            if names != json!([format!("{workspace}-0"), format!("{workspace}-1")]) {
                return Err(format!("{kind}: {workspace} has the outputs {names}"));
            }
            // Something is made and removed there.
            let main = folder.join("main.tf");
            let text = fs::read_to_string(&main).map_err(|error| error.to_string())?;
            for count in ["count = 3", "count = 2"] {
                write(&main, &text.replace("count = 2", count))?;
                self.regprov.run(folder, &["apply", "-auto-approve"], 0)?;
            }
        }
        Ok(())
    }

    /// Another configuration reads the outputs, with either program.
    fn read_from_elsewhere(&self, kind: &str, settings: &Value) -> Result {
        let folder = self.folder.join(format!("reader-{kind}"));
        let data = json!({
            "data": {"terraform_remote_state": {"there": {
                "backend": kind, "config": settings, "workspace": "dev",
            }}},
            "output": {"names": {"value": "${data.terraform_remote_state.there.outputs.names}"}},
        });
        write(&folder.join("main.tf.json"), &data.to_string())?;
        let mut programs = vec![self.regprov.clone()];
        // Terraform cannot read what is sealed; and it knows no other address of Azure's store than Azure's.
        if self.name == "plain" && kind != "azurerm" && present("terraform") {
            programs.push(Program::terraform());
        }
        for program in programs {
            let _ = fs::remove_file(folder.join("terraform.tfstate"));
            program.run(&folder, &["init"], 0)?;
            program.run(&folder, &["apply", "-auto-approve"], 0)?;
            let state = read(&folder.join("terraform.tfstate"))?;
            if state["outputs"]["names"]["value"] != json!(["dev-0", "dev-1"]) {
                return Err(format!("{kind}: read from elsewhere: {state}"));
            }
        }
        Ok(())
    }

    /// The real Terraform goes on with the state where it is, and regprov after it.
    fn open_with_terraform(&self, kind: &str, settings: &Value) -> Result {
        if kind == "azurerm" || !present("terraform") {
            return Ok(());
        }
        let folder = self.folder.join(format!("terraform-{kind}"));
        let text = fs::read_to_string(self.folder.join("main.tf")).map_err(|error| error.to_string())?;
        write(&folder.join("main.tf"), &text)?;
        let backend = json!({"terraform": {"backend": {kind: settings}}});
        write(&folder.join("backend.tf.json"), &backend.to_string())?;
        let terraform = Program::terraform();
        terraform.run(&folder, &["init"], 0)?;
        for workspace in ["default", "dev"] {
            terraform.run(&folder, &["workspace", "select", workspace], 0)?;
            terraform.run(&folder, &["plan", "-detailed-exitcode"], 0)?;
        }
        for count in ["count = 3", "count = 2"] {
            write(&folder.join("main.tf"), &text.replace("count = 2", count))?;
            terraform.run(&folder, &["apply", "-auto-approve"], 0)?;
        }
        self.regprov
            .run(&self.folder, &["plan", "-detailed-exitcode"], 0)?;
        Ok(())
    }
}
