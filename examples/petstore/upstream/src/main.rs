//! The adoption agency: a server of its own, behind the petstore's HTTP_PROXY integration.
//!
//! `petstore-upstream [ADDRESS]`, by default 127.0.0.1:8090. Keeps requests in memory, so many and
//! no more.

#![forbid(unsafe_code)]

mod agency;

use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;

const ADDRESS_DEFAULT: &str = "127.0.0.1:8090";

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("petstore-upstream: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), String> {
    let address = std::env::args().nth(1).unwrap_or_else(|| ADDRESS_DEFAULT.to_owned());
    let address: SocketAddr = address
        .parse()
        .map_err(|_| format!("the address must be like {ADDRESS_DEFAULT}, got {address:?}"))?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}; is it running already?"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    eprintln!("petstore-upstream: listening on {address}");
    axum::serve(listener, agency::router())
        .with_graceful_shutdown(async {
            // Without a handler for the signal there is nothing to wait for but the signal itself.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await
        .map_err(|error| error.to_string())
}
