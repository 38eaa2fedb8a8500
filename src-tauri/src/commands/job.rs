//! Long work.

use satchel_failure::Answer;
use satchel_jobs::JobCard;
use satchel_terms::JobId;
use tauri::State;

use crate::entrance::Entrance;

/// Lists the long work.
#[tauri::command]
pub async fn jobs(entrance: State<'_, Entrance>) -> Answer<Vec<JobCard>> {
    entrance.desk().await?.jobs().await
}

/// Asks a piece of work to stop.
#[tauri::command]
pub async fn cancel_job(entrance: State<'_, Entrance>, job: JobId) -> Answer<()> {
    entrance.desk().await?.cancel_job(job).await
}
