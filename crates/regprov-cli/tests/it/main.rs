//! The real binary, as a user meets it: what it says, how it ends, and what it leaves.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod backends;
mod console;
mod describe;
mod disk_faults;
mod dockerhub_example;
mod explained;
mod fmt;
mod foreign_states;
mod google_example;
mod harbor_example;
mod http_server;
mod interrupt;
mod isolation;
mod limited;
mod local_exec;
mod lost_answers;
mod main_job;
mod mistakes;
mod modules;
mod older_files;
mod ovh_example;
mod plan_file;
mod refused;
mod remote_state;
mod stage;
mod state_commands;
mod swept;
mod together;
mod variables;
mod workspaces;
mod wrong_address;
mod wrong_harbor;
mod wrong_input;
mod wrong_state;
