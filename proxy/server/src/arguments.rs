//! The command line. The only place that reads the environment.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use throttle::Limit;

use crate::author::{Kind, Language};
use crate::backends::{Service, UserPool, VpcLink};
use crate::certificates::DomainCertificate;
use crate::listener::Listener;

/// Edgeway: an API gateway that does what Amazon API Gateway does, on your own machines.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to log: a level (error, warn, info, debug, trace), or directives such as
    /// `info,wasm_host=debug`
    #[arg(
        long,
        global = true,
        env = "EDGEWAY_LOG",
        default_value = "info,pingora=warn,pingora_core=warn,pingora_core::apps=off,rustls=error"
    )]
    pub(crate) log: String,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the APIs of a data directory with their stages, also while `edgeway serve` works with it
    #[command(
        after_help = "Example:\n  edgeway apis --data-dir /var/lib/edgeway\n  edgeway apis --json | jq -r '.[].stages[].invokeUrl'"
    )]
    Apis(Apis),

    /// Copy the state of a data directory to a file, also while `edgeway serve` works with it
    #[command(
        after_help = "Example:\n  edgeway backup --data-dir /var/lib/edgeway /backups/monday.db"
    )]
    Backup(Backup),

    /// Print what completes the commands of edgeway in a shell
    #[command(after_help = "Example:\n  edgeway completions bash > /etc/bash_completion.d/edgeway")]
    Completions {
        /// Whose
        shell: clap_complete::Shell,
    },

    /// Print the calls of AWS's client that let pages of another origin call an API: for a person to
    /// read, and a shell to run
    #[command(
        after_help = "Example:\n  edgeway cors abcde12345 --origin https://example.com\n  edgeway cors abcde12345 --origin https://example.com | sh\n  aws apigateway create-deployment --rest-api-id abcde12345 --stage-name prod\n\n\
        Each path without a method OPTIONS gets one that answers preflight requests, integrations that are no proxies and gateway responses get the headers. \
        A document that `edgeway dev` serves says it in one line: x-edgeway-cors (docs/openapi.md)."
    )]
    Cors(Cors),

    /// List the functions of a data directory with their versions, also while `edgeway serve` works
    /// with it
    #[command(
        after_help = "Example:\n  edgeway functions --data-dir /var/lib/edgeway\n  edgeway functions --json | jq -r '.[] | select(.versions[0].state == \"Failed\").name'"
    )]
    Functions(Functions),

    /// Make a backup the state of a data directory that nothing works with
    #[command(
        after_help = "Example:\n  edgeway restore --data-dir /var/lib/edgeway /backups/monday.db"
    )]
    Restore(Restore),

    /// Seal the secrets of a data directory that nothing works with with another key: at once or not at
    /// all, and again if it was cut off
    #[command(
        after_help = "Example:\n  edgeway rotate-secrets-key --data-dir /var/lib/edgeway\n  openssl rand -hex 32 > /etc/edgeway/new-key\n  edgeway rotate-secrets-key --secrets-key-file /etc/edgeway/key --new-secrets-key-file /etc/edgeway/new-key\n\nWithout keys, another one is made for DIR/secrets-key. Backups that were made before need the key that was."
    )]
    RotateSecretsKey(RotateSecretsKey),

    /// Serve a folder: its openapi.yaml and the components that it names, reloaded as they change
    #[command(
        after_help = "Example:\n  edgeway dev examples/petstore\n  curl http://127.0.0.1:8080/health"
    )]
    Dev(Dev),

    /// Serve what the control API is told: Amazon API Gateway's, Lambda's and IAM's
    #[command(
        after_help = "Example:\n  edgeway serve --data-dir /var/lib/edgeway\n  export AWS_ENDPOINT_URL=http://127.0.0.1:9080 AWS_REGION=us-east-1\n  aws apigateway get-rest-apis\n  edgeway serve --config /etc/edgeway.yaml --threads 2\n\nThe first start writes the root key to DIR/root-credentials, a file as ~/.aws/credentials, and seals secrets with the key in DIR/secrets-key: keep a copy of it, apart from backups."
    )]
    Serve(Serve),

    /// Print what the API keys of a usage plan have used of what they may, also while `edgeway serve`
    /// works with the data directory
    #[command(
        after_help = "Example:\n  edgeway usage gold --data-dir /var/lib/edgeway\n  edgeway usage gold --json | jq -r '.keys[] | select(.used == .limit).name'"
    )]
    Usage(Usage),

    /// Start a plugin: a folder with a handler that works, and an openapi.yaml that serves it
    #[command(
        after_help = "Example:\n  edgeway new --language javascript hello\n  edgeway build hello\n  edgeway dev hello"
    )]
    New(New),

    /// Make a component of a plugin's folder, with the toolchain of its language
    #[command(
        after_help = "Example:\n  edgeway build hello\n\nWithout an edgeway.json in the folder, its files tell the language: \
        lambda_function.py, index.mjs, index.js, index.ts, src/plugin.c, Cargo.toml."
    )]
    Build(Build),

    /// Compile the component on stdin to machine code on stdout: what serving starts for each one
    #[command(hide = true)]
    CompileComponent,
}

/// `edgeway new`
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The name of the function: letters, digits, - and _
    pub(crate) name: String,

    /// What it is written in
    #[arg(long, value_enum)]
    pub(crate) language: Language,

    /// What it is for
    #[arg(long, value_enum, default_value = "event-function")]
    pub(crate) kind: Kind,

    /// The folder to make [default: one of that name, here]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// `edgeway build`
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The plugin's folder
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,

    /// Where the component goes [default: NAME.wasm in the plugin's folder]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// As on Lambda, the module and what it exports, such as index.handler or app.main [default: what
    /// edgeway.json says]
    #[arg(long, value_name = "MODULE.NAME")]
    pub(crate) handler: Option<String>,

    /// Where programs are installed that builds need from npm and PyPI [default: edgeway/tools in the
    /// user's cache, ~/.cache]
    #[arg(long, value_name = "DIR", env = "EDGEWAY_TOOLS")]
    pub(crate) tools: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) machine: Machine,
}

/// What the environment says about the machine: no arguments that anybody would give.
#[derive(Debug, Args)]
pub(crate) struct Machine {
    #[arg(long, hide = true, env = "PATH", default_value = "")]
    pub(crate) path: OsString,

    #[arg(long, hide = true, env = "HOME", default_value = "")]
    pub(crate) home: OsString,

    #[arg(long, hide = true, env = "XDG_CACHE_HOME", default_value = "")]
    pub(crate) xdg_cache_home: OsString,
}

/// `edgeway dev`
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// The folder with openapi.yaml (or openapi.yml, openapi.json, swagger.yaml, swagger.json)
    pub(crate) dir: PathBuf,

    /// An API key, for methods that require one; may be given several times
    #[arg(long = "api-key", value_name = "VALUE")]
    pub(crate) api_keys: Vec<String>,

    #[command(flatten)]
    pub(crate) node: Node,
}

/// `edgeway apis`
#[derive(Debug, Args)]
pub(crate) struct Apis {
    /// Where the APIs are served, for their URLs
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) http: SocketAddr,

    #[command(flatten)]
    pub(crate) listing: Listing,
}

/// `edgeway cors`
#[derive(Debug, Args)]
pub(crate) struct Cors {
    /// The id of the API: `edgeway apis` lists them
    pub(crate) api: String,

    /// Whose pages may call, such as `https://example.com`; * for those of every origin
    #[arg(long, value_name = "ORIGIN", default_value = "*")]
    pub(crate) origin: String,

    /// What they may send: a comma list of headers
    #[arg(
        long,
        value_name = "HEADERS",
        default_value = "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token"
    )]
    pub(crate) allow_headers: String,

    /// They may send cookies; not with *
    #[arg(long)]
    pub(crate) allow_credentials: bool,

    /// For how long a browser need not ask again, at most a day [default: the browser's]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=86_400))]
    pub(crate) max_age: Option<u32>,

    /// The data directory
    #[arg(long, value_name = "DIR", default_value = ".edgeway")]
    pub(crate) data_dir: PathBuf,
}

/// `edgeway functions`
#[derive(Debug, Args)]
pub(crate) struct Functions {
    #[command(flatten)]
    pub(crate) listing: Listing,
}

/// `edgeway usage`
#[derive(Debug, Args)]
pub(crate) struct Usage {
    /// The id of the plan, or its name
    pub(crate) plan: String,

    #[command(flatten)]
    pub(crate) listing: Listing,
}

/// What all that lists has.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = ".edgeway")]
    pub(crate) data_dir: PathBuf,

    /// Print JSON, as where stdout is no terminal
    #[arg(long)]
    pub(crate) json: bool,
}

/// `edgeway backup`
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write; it must not be there
    pub(crate) file: PathBuf,

    /// The data directory
    #[arg(long, value_name = "DIR", default_value = ".edgeway")]
    pub(crate) data_dir: PathBuf,
}

/// `edgeway restore`
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// What `edgeway backup` wrote
    pub(crate) file: PathBuf,

    /// The data directory
    #[arg(long, value_name = "DIR", default_value = ".edgeway")]
    pub(crate) data_dir: PathBuf,

    /// Replace the state that is there
    #[arg(long)]
    pub(crate) replace: bool,

    #[command(flatten)]
    pub(crate) secrets_key: SecretsKeySource,
}

/// `edgeway rotate-secrets-key`
#[derive(Debug, Args)]
pub(crate) struct RotateSecretsKey {
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = ".edgeway")]
    pub(crate) data_dir: PathBuf,

    #[command(flatten)]
    pub(crate) key: SecretsKeySource,

    #[command(flatten)]
    pub(crate) next: NextSecretsKeySource,
}

/// Where the key is that secrets are sealed with.
#[derive(Debug, Args)]
pub(crate) struct SecretsKeySource {
    /// The key that secrets in the data directory are sealed with, 64 hexadecimal digits; or the
    /// environment has them in EDGEWAY_SECRETS_KEY [default: DIR/secrets-key, which the first start makes]
    #[arg(
        id = "secrets_key_file",
        long = "secrets-key-file",
        value_name = "FILE",
        conflicts_with = "secrets_key_text"
    )]
    pub(crate) file: Option<PathBuf>,

    #[arg(
        id = "secrets_key_text",
        long = "secrets-key",
        value_name = "KEY",
        hide = true,
        env = "EDGEWAY_SECRETS_KEY",
        hide_env_values = true,
        value_parser = SecretText::new
    )]
    pub(crate) text: Option<SecretText>,
}

/// Where the next one is.
#[derive(Debug, Args)]
pub(crate) struct NextSecretsKeySource {
    /// The key to seal them with; or the environment has it in EDGEWAY_NEW_SECRETS_KEY [default: one that is
    /// made for DIR/secrets-key]
    #[arg(
        id = "new_secrets_key_file",
        long = "new-secrets-key-file",
        value_name = "FILE",
        conflicts_with = "new_secrets_key_text"
    )]
    file: Option<PathBuf>,

    #[arg(
        id = "new_secrets_key_text",
        long = "new-secrets-key",
        value_name = "KEY",
        hide = true,
        env = "EDGEWAY_NEW_SECRETS_KEY",
        hide_env_values = true,
        value_parser = SecretText::new
    )]
    text: Option<SecretText>,
}

impl SecretsKeySource {
    pub(crate) fn is_given(&self) -> bool {
        self.file.is_some() || self.text.is_some()
    }
}

impl NextSecretsKeySource {
    pub(crate) fn source(&self) -> SecretsKeySource {
        SecretsKeySource { file: self.file.clone(), text: self.text.clone() }
    }
}

/// A text that is not printed.
#[derive(Clone)]
pub(crate) struct SecretText(String);

impl SecretText {
    fn new(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText")
    }
}

/// `edgeway serve`
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// A file with arguments: `NAME: VALUE` a line, YAML. Those given here or in the environment win
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The account that everything belongs to: 12 digits
    #[arg(long, value_name = "ID", default_value = "000000000000", value_parser = model::AccountId::parse)]
    pub(crate) account: model::AccountId,

    /// The region that everything is in
    #[arg(long, value_name = "NAME", default_value = "us-east-1", value_parser = model::Region::parse)]
    pub(crate) region: model::Region,

    /// Where else APIs are served, for each address. With `,tlsCertificate=FILE,tlsKey=FILE` over TLS; with
    /// `,trustedProxies=RANGE` behind those who speak the PROXY protocol; with `,endpointType=EDGE` or
    /// `,endpointType=REGIONAL` what is of that type alone; with `,vpcEndpoint=vpce-ID,vpc=vpc-ID` private APIs, as an
    /// endpoint of a VPC; in a file, `listeners: [{address: ADDR, vpcEndpoint: vpce-ID, vpc: vpc-ID}]`
    #[arg(long = "listener", value_name = "ADDR[,SETTING=VALUE...]", value_parser = Listener::parse)]
    pub(crate) listeners: Vec<Listener>,

    /// Where trust stores of domain names may be, for a truststoreUri of file://PATH beneath it; those of s3:// are
    /// fetched from `--service s3=URL`
    #[arg(long, value_name = "DIR")]
    pub(crate) truststore_dir: Option<PathBuf>,

    /// The access key that may do everything [default: one that the first start makes]
    #[arg(
        long,
        value_name = "ID",
        env = "EDGEWAY_ROOT_ACCESS_KEY_ID",
        requires = "root_secret_access_key"
    )]
    pub(crate) root_access_key_id: Option<String>,

    /// Its secret
    #[arg(
        long,
        value_name = "SECRET",
        env = "EDGEWAY_ROOT_SECRET_ACCESS_KEY",
        hide_env_values = true,
        requires = "root_access_key_id"
    )]
    pub(crate) root_secret_access_key: Option<String>,

    #[command(flatten)]
    pub(crate) secrets_key: SecretsKeySource,

    #[command(flatten)]
    pub(crate) node: Node,
}

/// What every way of serving has.
#[derive(Debug, Args)]
pub(crate) struct Node {
    /// Where APIs are served in clear text, HTTP/1.1 and HTTP/2
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) http: SocketAddr,

    /// Where APIs are served over TLS, HTTP/1.1 and HTTP/2
    #[arg(long, value_name = "ADDR", requires = "tls_certificate", requires = "tls_key")]
    pub(crate) https: Option<SocketAddr>,

    /// The certificate chain of --https, PEM
    #[arg(long, value_name = "FILE", requires = "https")]
    pub(crate) tls_certificate: Option<PathBuf>,

    /// The private key of --https, PEM
    #[arg(long, value_name = "FILE", requires = "https")]
    pub(crate) tls_key: Option<PathBuf>,

    /// The certificate of a domain name, before one that a call gave it; in a file,
    /// `domain-certificates: {NAME: {certificate: FILE, key: FILE}}`
    #[arg(long = "domain-certificate", value_name = "NAME=FILE,key=FILE", value_parser = DomainCertificate::parse)]
    pub(crate) domain_certificates: Vec<DomainCertificate>,

    /// Where the node's health and metrics are: /_edgeway/health and /_edgeway/metrics
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9080")]
    pub(crate) control: SocketAddr,

    /// Where the node keeps its files: compiled components, the upgrade socket
    #[arg(long, value_name = "DIR", default_value = ".edgeway")]
    pub(crate) data_dir: PathBuf,

    /// Processor time that compiling one component may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub(crate) compile_seconds: u32,

    /// Memory that compiling one component may take, in megabytes
    #[arg(long, value_name = "MB", default_value_t = 2_048)]
    #[arg(value_parser = clap::value_parser!(u32).range(128..=65_536))]
    pub(crate) compile_memory: u32,

    /// Where the access log goes, one JSON object a line: `-` is stdout, `off` is nowhere, else a file
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) access_log: String,

    /// Threads that serve requests [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,

    /// Requests a second that all APIs together may get, in the long run: what is above it answers 429
    /// [default: as many as come]
    #[arg(long, value_name = "RATE", requires = "account_burst", value_parser = rate)]
    pub(crate) account_rate: Option<f64>,

    /// Requests that all APIs together may get at once, above --account-rate
    #[arg(long, value_name = "N", requires = "account_rate")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=2_147_483_647))]
    pub(crate) account_burst: Option<u32>,

    /// Memory that the cached responses of all stages may take together, in megabytes
    /// [default: a quarter of the machine's]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) response_cache_memory: Option<u64>,

    /// Where a VPC link leads, for each one: http://HOST:PORT or https://HOST:PORT; in a file,
    /// `vpc-links: {NAME: URL}`
    #[arg(long = "vpc-link", value_name = "NAME=URL", value_parser = VpcLink::parse)]
    pub(crate) vpc_links: Vec<VpcLink>,

    /// Where a service of AWS is, for each that integrations call; after the URL may come
    /// `,access-key-id=ID,secret-access-key-file=FILE`; in a file, `services: {NAME: URL}` or
    /// `services: {NAME: {endpoint: URL, access-key-id: ID, secret-access-key: KEY}}`
    #[arg(long = "service", value_name = "NAME=URL", value_parser = Service::parse)]
    pub(crate) services: Vec<Service>,

    /// Whose tokens those of a Cognito user pool are, for each that authorizers name: any issuer of OpenID
    /// Connect. After the URL may come `,jwks-uri=URL`, where its keys are not to be discovered; in a file,
    /// `user-pools: {ID: URL}` or `user-pools: {ID: {issuer: URL, jwks-uri: URL}}`
    #[arg(long = "user-pool", value_name = "ID=URL", value_parser = UserPool::parse)]
    pub(crate) user_pools: Vec<UserPool>,

    /// An issuer of tokens, by its name, whose keys may come from another machine in clear text, over
    /// http://, for each: whoever is on the way can then sign tokens
    #[arg(long = "insecure-issuer", value_name = "URL", value_delimiter = ',')]
    pub(crate) insecure_issuers: Vec<String>,

    /// Proxies before the node that are trusted: of that many, X-Forwarded-For says who the client is
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=10))]
    pub(crate) trusted_hops: u8,

    /// Take the listening sockets over from the edgeway that runs with the same data directory; then
    /// send that one SIGQUIT, and no connection is refused
    #[arg(long)]
    pub(crate) upgrade: bool,
}

/// More than none, and a number.
fn rate(text: &str) -> Result<f64, String> {
    let rate: Option<f64> = text.parse().ok();
    let rate = rate.filter(|rate| rate.is_finite() && 0.0 < *rate);
    rate.ok_or_else(|| "must be a number above 0".to_owned())
}

impl Node {
    /// What all APIs together are held to.
    pub(crate) fn account_throttle(&self) -> Option<Limit> {
        let (rate, burst) = self.account_rate.zip(self.account_burst)?;
        Some(Limit::new(rate, burst))
    }

    /// Threads that serve requests.
    pub(crate) fn threads(&self) -> usize {
        match self.threads {
            Some(threads) => usize::from(threads),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn every_command_can_be_parsed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        let command = Arguments::command();
        for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Example:\n  edgeway "), "{}: {help}", command.get_name());
        }
    }
}
