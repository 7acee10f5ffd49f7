//! The command line: verbs that check, show, run and measure state machines. Data goes to stdout, everything else to stderr.

mod bench;
mod check;
mod definition;
mod eval;
mod lines;
mod run;
mod show;
mod terminal;

use clap::{Parser, Subcommand};
use std::io;
use std::process::ExitCode;

/// Blocks, pages and answers are freed on other threads than they are made on; this allocator is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs Amazon States Language workflows in memory, very many and very fast, and says what AWS would charge for them.
#[derive(Parser)]
#[command(version, after_help = EXIT_STATUS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(Box<run::Arguments>),
    Check(check::Arguments),
    Show(show::Arguments),
    Eval(eval::Arguments),
    Bench(Box<bench::Arguments>),
}

const EXIT_STATUS: &str = "\
Exit status:
  0  all went well
  1  some executions did not succeed
  2  the command or the definition is wrong
  3  input or output broke, or the run could not finish";

/// What the exit status tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    AllWell = 0,
    NotAll = 1,
    Wrong = 2,
    Broken = 3,
}

/// Why a command could not do its work.
#[derive(Debug)]
enum Trouble {
    /// The user should change something: arguments, a definition, a file that is named.
    Wrong(String),
    /// Reading or writing broke.
    Broken(String),
    /// Whoever read the output has gone; that is no error.
    Closed,
}

impl From<io::Error> for Trouble {
    /// What happens while data is written.
    fn from(error: io::Error) -> Trouble {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Trouble::Closed,
            _ => Trouble::Broken(format!("the output cannot be written: {error}")),
        }
    }
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Show(arguments) => show::show(&arguments),
        Command::Eval(arguments) => eval::eval(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
    };
    let exit = done.unwrap_or_else(|trouble| match trouble {
        Trouble::Wrong(message) => complain(&message, Exit::Wrong),
        Trouble::Broken(message) => complain(&message, Exit::Broken),
        Trouble::Closed => Exit::AllWell,
    });
    ExitCode::from(exit as u8)
}

fn complain(message: &str, exit: Exit) -> Exit {
    terminal::complain(message);
    exit
}
