//! One loop: what happened goes to the planner, what it wants is done. No decision is made here.

use std::collections::HashMap;
use std::sync::Arc;

use satchel_store::{PoolLine, SyncLine, TransferRow};
use tokio::sync::Mutex;
use tokio::task::{AbortHandle, JoinSet};

use super::Shared;
use super::carrier;
use super::senses::Senses;
use crate::hands::{Hands, ask};
use crate::planner::{Answer, Effect, Event, Moment, Planner, Question, Ticket};
use crate::uplink::Uplink;
use crate::{Client, Control, Mode, SyncError};

type Kept = Option<(PoolLine, Arc<Client>)>;
type Line = Mutex<Kept>;
type Answered = (Ticket, Result<Answer, SyncError>);

/// What a question may need.
struct Road {
    shared: Arc<Shared>,
    hands: Hands,
    /// Records and blobs have lines of their own.
    records: Line,
    blobs: Line,
}

/// The questions that are open, and the levers of the blobs that travel.
#[derive(Default)]
struct Open {
    tasks: JoinSet<Answered>,
    handles: HashMap<Ticket, AbortHandle>,
    levers: HashMap<Ticket, Control>,
}

/// Runs until the lever says stop and nothing is under way any more.
pub(super) async fn run(shared: Arc<Shared>) {
    let moment = |shared: &Shared| Moment {
        wall: shared.habits.now(),
        since_start: shared.elapsed(),
        dice: (shared.habits.jitter)(),
    };
    let road = Arc::new(Road::new(Arc::clone(&shared)));
    let mut planner = Planner::new(shared.identity.clone(), shared.habits.protocol, shared.habits.lanes)
        .waiting_at_most(shared.habits.wait);
    let mut senses = Senses::new(shared.habits.now());
    let (mut lever, mut lanes) = (shared.control.watch(), shared.lanes.subscribe());
    let mut rules = shared.rules.subscribe();
    let mut open = Open::default();
    let mut effects = Vec::new();
    let first = [
        Event::Lanes(*lanes.borrow_and_update()),
        Event::Rules(*rules.borrow_and_update()),
        Event::Lever(*lever.borrow_and_update()),
    ];
    for event in first {
        effects.extend(planner.step(event, moment(&shared)));
    }
    loop {
        for effect in effects {
            road.execute(effect, &mut open).await;
        }
        if shared.control.mode() == Mode::Stop && planner.is_quiet() {
            return;
        }
        let event = tokio::select! {
            Ok(()) = lever.changed() => Event::Lever(*lever.borrow_and_update()),
            Ok(()) = lanes.changed() => Event::Lanes(*lanes.borrow_and_update()),
            Ok(()) = rules.changed() => Event::Rules(*rules.borrow_and_update()),
            () = shared.now.notified() => Event::Now,
            () = senses.feel(&shared.habits) => Event::OtherWay,
            Some(done) = open.tasks.join_next() => match done {
                Ok((ticket, outcome)) => open.closed(ticket, outcome),
                Err(end) => match open.ticket_of(end.id()) {
                    // A question that broke is answered too: the planner waits for it.
                    Some(ticket) => open.closed(ticket, Err(SyncError::Silent)),
                    None => { effects = Vec::new(); continue } // a dropped question
                },
            },
        };
        if matches!(event, Event::OtherWay) {
            shared.uplink.begin_anew();
        }
        effects = planner.step(event, moment(&shared));
    }
}

impl Open {
    fn ticket_of(&self, task: tokio::task::Id) -> Option<Ticket> {
        self.handles.iter().find(|(_, handle)| handle.id() == task).map(|(ticket, _)| *ticket)
    }

    fn drop_question(&mut self, ticket: Ticket) {
        self.levers.remove(&ticket);
        if let Some(handle) = self.handles.remove(&ticket) {
            handle.abort();
        }
    }

    fn closed(&mut self, ticket: Ticket, outcome: Result<Answer, SyncError>) -> Event {
        self.handles.remove(&ticket);
        self.levers.remove(&ticket);
        Event::Answer { ticket, outcome }
    }
}

impl Road {
    fn new(shared: Arc<Shared>) -> Self {
        let hands = Hands {
            library: Arc::clone(&shared.library),
            identity: shared.identity.clone(),
            control: shared.control.clone(),
        };
        Self { shared, hands, records: Mutex::default(), blobs: Mutex::default() }
    }

    async fn execute(self: &Arc<Self>, effect: Effect, open: &mut Open) {
        match effect {
            Effect::Ask { ticket, question } => self.ask(ticket, question, open),
            Effect::Drop(ticket) => open.drop_question(ticket),
            Effect::BreakOff(ticket) => {
                if let Some(lever) = open.levers.get(&ticket) {
                    lever.set(Mode::Stop);
                }
            }
            Effect::Tell(news) => (self.shared.told)(news),
            Effect::Log { level, code, params } => self.log(level, code, params).await,
            Effect::Contact(contact) => drop(self.shared.contact.send_replace(contact)),
        }
    }

    fn ask(self: &Arc<Self>, ticket: Ticket, question: Question, open: &mut Open) {
        let road = Arc::clone(self);
        let lever = Control::default();
        if matches!(question, Question::Carry(_)) {
            open.levers.insert(ticket, lever.clone());
        }
        let handle = open.tasks.spawn(async move { (ticket, road.answer(question, &lever).await) });
        open.handles.insert(ticket, handle);
    }

    async fn answer(&self, question: Question, lever: &Control) -> Result<Answer, SyncError> {
        let by_hand = match question {
            Question::Line => return Ok(Answer::Line(self.connect(&self.records).await?.is_some())),
            Question::Carry(row) => return Ok(self.carry(row, lever).await),
            Question::Pool(ask) => Question::Pool(ask),
            Question::Library(ask) => Question::Library(ask),
            Question::Judge(page) => Question::Judge(page),
            Question::Sleep(pause) => Question::Sleep(pause),
        };
        let is_text = matches!(&by_hand, Question::Pool(ask) if ask.is_text());
        let _right_of_way = is_text.then(|| self.shared.uplink.text());
        let client = self.records.lock().await.as_ref().map(|(_, client)| Arc::clone(client));
        self.hands.answer(client.as_deref(), by_hand).await
    }

    async fn carry(&self, row: TransferRow, lever: &Control) -> Answer {
        match self.connect_proven(lever).await {
            Ok(Some(client)) => carrier::carry(&self.shared, &client, &row, lever).await,
            Ok(None) => Answer::Carried { outcome: Err(SyncError::Stopped), done_bytes: row.done_bytes },
            Err(error) => Answer::Carried { outcome: Err(error), done_bytes: row.done_bytes },
        }
    }

    /// The line to the pinned pool; kept while the pin is the same.
    async fn connect(&self, line: &Line) -> Result<Option<Arc<Client>>, SyncError> {
        let mut kept = line.lock().await;
        self.renew(&mut kept, None).await.map(|renewed| renewed.map(|(client, _)| client))
    }

    /// The line for blobs. A new one has to prove first that the pinned pool is at its other end.
    async fn connect_proven(&self, lever: &Control) -> Result<Option<Arc<Client>>, SyncError> {
        let mut kept = self.blobs.lock().await;
        let uplink = Some(Arc::clone(&self.shared.uplink));
        let Some((client, is_new)) = self.renew(&mut kept, uplink).await? else { return Ok(None) };
        if is_new && let Err(error) = lever.unless_stopped(client.hello()).await {
            *kept = None;
            return Err(error);
        }
        Ok(Some(client))
    }

    async fn renew(
        &self,
        kept: &mut Kept,
        uplink: Option<Arc<Uplink>>,
    ) -> Result<Option<(Arc<Client>, bool)>, SyncError> {
        let Some(pool) = ask(&self.shared.library, |library| library.pool()).await? else { return Ok(None) };
        if let Some((pin, client)) = kept.as_ref()
            && (&pin.pool_id, &pin.url, pin.key) == (&pool.pool_id, &pool.url, pool.key)
        {
            return Ok(Some((Arc::clone(client), false)));
        }
        let client = Client::new(&pool, &self.shared.identity, &self.shared.habits)?;
        let client = Arc::new(client.sharing(uplink));
        *kept = Some((pool, Arc::clone(&client)));
        Ok(Some((client, true)))
    }

    /// Writes a line of the exchange log; a log that cannot be written stops nothing.
    async fn log(&self, level: &str, code: &str, params: Vec<(&'static str, String)>) {
        let line = SyncLine {
            at: self.shared.habits.now(),
            level: level.to_owned(),
            code: code.to_owned(),
            params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            subject: None,
        };
        let kept = ask(&self.shared.library, move |library| library.log(&line)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "the exchange log cannot be written");
        }
    }
}
