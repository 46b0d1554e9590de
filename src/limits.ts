// Every bound of the product in one place, with its unit and reason. Settings that people may change take these as defaults.

export const limits = {
  // --- inbound (D10) ---
  /** Request header lines; real clients send 10 to 30. */
  requestHeadersMax: 100,
  /** Bytes of the request header block; Node's own default, enough for large cookies. */
  requestHeaderBytesMax: 16 * 1024,
  /** Gateways of this kind that may follow each other on the way to a target. */
  gatewayHopsMax: 5,
  /** Characters of the request target; longer ones belong in a body. */
  requestTargetCharsMax: 8 * 1024,
  /** Bytes of a body on /llm (Anthropic's own limit is 32 MB). */
  llmBodyBytesMax: 32 * 1024 * 1024,
  /** Bytes of a body on /proxy; streamed, never held whole above the replay buffer. */
  proxyBodyBytesMax: 100 * 1024 * 1024,
  /** Bytes of a body on the management API; a paste of 40,000 keys is about 7 MiB. */
  adminBodyBytesMax: 16 * 1024 * 1024,
  /** ms until the request headers must be complete. */
  requestHeadersTimeoutMs: 10_000,
  /** ms until the whole request must be complete. */
  requestTimeoutMs: 120_000,
  /** ms between two looks for requests that are too slow. */
  connectionsCheckMs: 1_000,
  /** ms an idle client connection is kept; longer than the 60 s of common load balancers, so that they close first. */
  clientKeepAliveMs: 75_000,
  /** Client sockets. */
  clientConnectionsMax: 10_000,
  /** ms a write to a client may make no progress before the exchange is given up. */
  stalledWriteMs: 60_000,
  /** ms a connection lingers after an early error so that the client can read it. */
  lingerMs: 900,
  /** Bytes of an unread body that are read to its end so that the connection can be kept. */
  drainedBodyBytesMax: 64 * 1024,
  /** Bytes thrown away while an early answer travels to the client. */
  discardedBytesMax: 1024 * 1024,
  /** Bytes that wait on either side of a relay before the other side is paused; small, because thousands of clients may stop reading at once. */
  relayBufferBytes: 16 * 1024,
  /** Exchanges in flight in one process. */
  exchangesMax: 5_000,

  // --- pages of other origins (CORS) ---
  /** For so long browsers remember the answer to a preflight; more than 2 hours no browser does. */
  corsMaxAgeS: 600,
  /** Of Access-Control-Request-Headers. */
  corsHeaderNamesCharsMax: 2_048,

  // --- WebSockets ---
  /** Open at once in one process; each takes two connections and up to 200 KiB while both sides are slow. */
  webSocketsMax: 4_000,
  /** ms without a byte either way; pings count. Longer than between the pings of any common server or client. */
  webSocketIdleMs: 600_000,
  /** ms that a WebSocket may be open. */
  webSocketTotalMs: 24 * 3_600_000,
  /** ms between two looks at an open one: whether its client key is still good, whether it idles. */
  webSocketLookMs: 1_000,
  /** ms of silence after which a shutdown does not expect an answer to be under way. */
  webSocketQuietMs: 1_000,
  /** ms that the other side gets to say goodbye once one side has. */
  webSocketCloseMs: 2_000,

  // --- upstream (D11) ---
  connectTimeoutMs: 5_000,
  llmFirstByteTimeoutMs: 300_000,
  proxyFirstByteTimeoutMs: 60_000,
  /** ms of silence inside an answer. */
  idleTimeoutMs: 120_000,
  /** ms for the longest stream. */
  totalTimeoutMs: 3_600_000,
  /** Bytes of an answer's header block. */
  responseHeaderBytesMax: 32 * 1024,
  /** Header lines of an answer. */
  responseHeadersMax: 200,
  /** 1xx answers before the real one. */
  informationalMax: 20,
  /** Sockets per origin: as many as there may be exchanges, because a stream holds its socket for minutes and the next one must not wait for it. */
  socketsPerOriginMax: 5_000,
  /** Origins with open sockets; the least recently used is closed above it. */
  originsMax: 1_000,
  /** ms an idle upstream socket is kept; shorter than vendors keep theirs. */
  upstreamKeepAliveMs: 30_000,
  /** ms a resolved address is reused. */
  dnsCacheMs: 10_000,

  // --- attempts (D5) ---
  /** Attempts per request that an upstream may be set to. */
  attemptsMax: 10,
  /** Attempts per request when nobody says otherwise. */
  attemptsDefault: 3,
  /** Bytes of a request body kept for another attempt; larger ones are streamed and tried once. */
  proxyReplayBytesMax: 1024 * 1024,
  llmReplayBytesMax: 10 * 1024 * 1024,
  /** Bytes of all replay buffers together; above it bodies are streamed. */
  replayBudgetBytesMax: 256 * 1024 * 1024,
  /** Bytes of an error answer that are held back to classify it. */
  classifyBytesMax: 64 * 1024,
  /** Bytes of such an answer when it is unpacked; a bomb is not looked into. */
  decodedErrorBytesMax: 256 * 1024,
  /** ms the head of a stream is held back to see whether its first event is an error. */
  firstEventHoldMs: 5,
  /** Bytes kept of a stream's end to see whether it is complete. */
  streamTailBytes: 4 * 1024,
  /** Retries after failures (not key switches) that one request earns, and the most that can be saved up. */
  retryBudgetPerRequest: 0.15,
  retryBudgetMax: 10,
  /** Bytes of a JSON body that are searched for a client key in `api_key`. */
  bodyKeyBytesMax: 1024 * 1024,

  // --- usage of models ---
  /** Bytes of an answer that a meter keeps while a member that it needs is incomplete; usage has 100 to 1,500. */
  meterRestBytesMax: 8 * 1024,
  /** Bytes of a compressed answer that wait to be unpacked for its meter, and that one may unpack to; of more, the rest is not looked at. */
  meterBacklogBytesMax: 1024 * 1024,
  meterUnpackedBytesMax: 256 * 1024 * 1024,
  /** Compressed answers unpacked at a time, 60 KiB each and more; of others the tokens are estimated. */
  unpackedCopiesMax: 500,
  /** Characters of a model's name in records. */
  modelCharsKept: 128,
  /** Tokens of one answer; more is a mistake of the vendor's and counts as 0. */
  tokensPerAnswerMax: 1_000_000_000,
  /** Models whose prices are remembered; more than vendors have, fewer than clients can invent. */
  pricedModelsMax: 2_000,
  /** Characters of a price file, and its entries. */
  priceFileCharsMax: 4 * 1024 * 1024,
  priceRowsMax: 20_000,
  /** Bytes of a request body that are searched for the model's name, when the answer did not give it. */
  askedModelBytesMax: 256 * 1024,

  // --- targets, all ms but the first ---
  /** Health checks in flight in one process; more wait. */
  healthChecksParallel: 32,
  /** What a health check may be set to: it must not become a load of its own. */
  healthCheckIntervalMinMs: 1_000,
  healthCheckIntervalMaxMs: 3_600_000,
  healthCheckTimeoutMinMs: 100,
  healthCheckTimeoutMaxMs: 60_000,
  /** What the window and the rest of a circuit breaker may be set to. */
  breakerTimeMinMs: 100,
  breakerTimeMaxMs: 3_600_000,

  // --- key health (D12), all ms ---
  cooldownMinMs: 1_000,
  cooldownMaxMs: 3_600_000,
  /** First cooldown when the vendor does not say for how long; doubles each time up to cooldownUnknownMaxMs. */
  cooldownUnknownMs: 10_000,
  cooldownUnknownMaxMs: 300_000,
  quotaCooldownMs: 3_600_000,
  /** A parked key is tried again this often. */
  parkedProbeMs: 900_000,
  /** Consecutive 401 answers that park a key whose rejection is not definite. */
  rejectionsToPark: 2,
  /** Consecutive failures of the upstream on one key before it rests. */
  failuresToCool: 5,
  failureCooldownMs: 30_000,
  /** Share of a pool that failures of the upstream may put to rest: above it, fail open. */
  failureCooldownShareMax: 0.5,
  /** Keys that must see the same rejection within upstreamWideWindowMs for it to count as the upstream's and not theirs. */
  upstreamWideKeys: 3,
  upstreamWideWindowMs: 60_000,

  // --- data ---
  keysPerPoolMax: 100_000,
  /** Tags of one upstream key: each is one more set of keys that takes turns. */
  keyTagsMax: 8,
  upstreamsMax: 10_000,
  clientKeysMax: 100_000,
  cacheEntriesMax: 100_000,
  /** UTF-16 units of keys and values in the memory cache. */
  cacheBytesMax: 64 * 1024 * 1024,
  /** ms between two looks at the stored configuration version (changes by another process, e.g. the CLI). */
  configPollMs: 1_000,
  /** ms within which a changed key state is stored. */
  keyStateFlushMs: 500,
  /** ms between two looks at the stored configuration version where changes are also announced (D14). */
  configPollAnnouncedMs: 5_000,
  /** ms between two looks for key states that other processes stored. */
  keyStatePollMs: 5_000,
  /** Key states read, or told to other processes, at once. */
  keyStatesPerLook: 1_000,
  keyStatesPerMessage: 100,
  /** Characters of a message between processes; more than any of ours has. */
  messageCharsMax: 64 * 1024,
  /** ms by which the clock of another process may be ahead and still be believed. */
  peerClockAheadMaxMs: 15 * 60_000,
  /** ms for which a process that tries a rested key keeps the others from trying it too (ROT-07), and after which they ask again. */
  probeRightMs: 30_000,
  probeAskAgainMs: 5_000,
  /** ms until a key whose limits all processes together have reached is asked about again, when the store cannot tell. */
  keyFullAskAgainMs: 250,
  /** ms after which the places that a dead process held on keys are free again. */
  keySlotLeaseMs: 30_000,
  /** ms within which the last use of a key is stored; only people read it. */
  keyUseFlushMs: 10_000,
  /** Key-state changes waiting to be stored; more than one per key never wait. */
  keyEventsQueueMax: 10_000,
  /** Events kept per key. */
  keyEventsKept: 200,
  /** Key events kept in all; the oldest go first. */
  keyEventsTotalMax: 1_000_000,
  /** Calls to the store in flight or waiting; more are refused at once. */
  storeCallsMax: 5_000,
  /** ms that a health check waits for a database or cache. */
  healthCheckMs: 1_000,
  /** ms between two looks at database and cache. */
  healthLookMs: 5_000,
  /** ms that the start waits for a database server before it goes on without it. */
  storeStartWaitMs: 1_500,
  /** Bytes of the sealed snapshot file; 100,000 upstream keys and 100,000 client keys take about 120 MiB. */
  snapshotFileBytesMax: 256 * 1024 * 1024,
  /** Least ms between two writes of the snapshot file; changes in between share one. */
  snapshotFileWriteMs: 1_000,
  /** ms until a snapshot file that could not be written is tried again. */
  snapshotFileRetryMs: 5_000,
  /** ms of age above which a cold start from the snapshot file warns loudly: whoever was locked out since is let in. */
  snapshotFileOldMs: 7 * 86_400_000,
  /** Connections of one process to a database server; a dozen processes fit into the server's usual limits. */
  databaseConnections: 10,
  /** Connections of one process for the history of keys. */
  databaseHistoryConnections: 2,
  /** ms until a connection to a database server must be had, while none comes back: management answers within 2 s. */
  databaseAcquireMs: 1_500,
  /** ms a call waits for a connection at most, while others come back. */
  databaseWaitMs: 10_000,
  /** Calls that wait for a connection. */
  databaseWaitersMax: 1_000,
  /** ms one statement may take; long reads are done in pieces. Its connection is cut then, never used again. */
  databaseQueryMs: 2_000,
  /** ms one statement of a migration may take: a new index over a large table. */
  databaseMigrationQueryMs: 10 * 60_000,
  /** ms until a transaction that waits for others is undone and run again; full seconds, as MySQL wants them. */
  databaseLockMs: 1_000,
  /** ms an idle connection is kept; shorter than firewalls and proxies forget them. */
  databaseIdleMs: 30_000,
  /** Copies of the database kept from before migrations. */
  backupsKept: 5,
  /** Files of the job `backup` that are kept: a week, when it runs every night. */
  backupFilesKept: 7,
  /** Remembered answers of POSTs with an Idempotency-Key, and how long. */
  idempotencyEntriesMax: 10_000,
  idempotencyMs: 24 * 3_600_000,
  /** Accounts in all, upstreams that one may be bound to, and accounts made by one call: more would hold up other writers for too long. */
  accountsMax: 100_000,
  accountBindingsMax: 1_000,
  accountsPerCallMax: 1_000,
  /** Entries of the record of changes; the oldest go first, and where the rest begins is noted. About 500 bytes each. */
  auditEntriesMax: 1_000_000,
  /** Entries that one call proves, and those that are read at once: writers wait for that long. */
  auditVerifyMax: 10_000,
  auditVerifyPiece: 1_000,

  /** Upstream keys that are sealed anew in one transaction: writers wait for that long. */
  reencryptKeysAtOnce: 200,

  // --- files and batches of clients ---
  /** Bytes of one uploaded file, lines in it, and bytes of one line. */
  fileBytesMax: 100 * 1024 * 1024,
  batchLinesMax: 50_000,
  batchLineBytesMax: 4 * 1024 * 1024,
  /** Bytes of all files together, results included, unless FILES_MAX_BYTES says otherwise. */
  filesBytesMax: 1024 * 1024 * 1024,
  /** Files of one client key, and its batches that are not over. */
  filesPerClientMax: 1_000,
  batchesOpenPerClientMax: 100,
  /** ms that a file is kept, and an upload that never ended. */
  fileKeptMs: 30 * 86_400_000,
  fileUploadMs: 3_600_000,
  /** Expired files that are removed with one upload or one batch. */
  filesExpiredAtOnce: 20,
  /** Bytes of a stored part of an upload, and of the parts that are read at once. */
  filePartBytes: 128 * 1024,
  filePieceBytes: 1024 * 1024,
  /** Bytes of one result; a longer one becomes an error. */
  batchAnswerBytesMax: 4 * 1024 * 1024,
  /** Lines of one batch in flight. */
  batchLinesParallel: 8,
  /** Batches that run at a time, in all processes together and in one: other jobs must find a place beside them. */
  batchesParallel: 4,
  batchesPerProcess: 2,
  /** Results stored in one transaction. */
  batchResultsAtOnce: 50,
  /** Faults of a batch that are told. */
  batchFaultsMax: 50,
  /** Tries of a line that fails for the upstream's sake; while keys or limits are used up it waits instead. */
  batchLineTries: 3,
  /** ms until a line that has to wait is tried again, when nobody says for how long. */
  batchRetryMs: 1_000,
  batchRetryMaxMs: 60_000,
  /** ms between two looks whether a batch was cancelled. */
  batchLookMs: 500,
  /** Share of MAX_CONCURRENT_REQUESTS in flight above which batches wait. */
  batchLoadShareMax: 0.5,

  // --- routes ---
  routesMax: 10_000,
  /** Enabled routes with the same path and host: only among these does a look-up grow. */
  routesPerPathMax: 100,
  routePathCharsMax: 1024,
  routeSegmentsMax: 32,
  /** Conditions of one kind (headers, query, header edits, client keys, accounts) of one route. */
  routeConditionsMax: 32,
  /** Characters of a glob, and of a value that a condition or an edit names. */
  routePatternCharsMax: 512,
  routeValueCharsMax: 4_096,
  /** Characters of a prepared answer; longer ones belong on a server. */
  routeAnswerCharsMax: 64 * 1024,
  routeTargetsMax: 32,
  /** Requests of a route's rate limit, and ms of its timeout and its window. */
  routeRequestsMax: 1_000_000_000,
  routeTimeoutMaxMs: 3_600_000,
  routeWindowMaxMs: 86_400_000,
  /** Routes in shadow mode that one request reports. */
  routeShadowHitsMax: 8,
  /** Warnings in the answer to a saved route, and routes that an explanation rules out one by one. */
  routeWarningsMax: 20,
  explainedRoutesMax: 20,
  /** Keys of a pool that an explanation rules out one by one. */
  explainedKeysMax: 20,

  // --- limits of clients ---
  /** Largest `max` of a window whose grants are remembered one by one (8 bytes each); above it they are counted in parts. */
  exactWindowMax: 1_000,
  /** Parts of a window that is counted in parts: one part is how much too long a grant may count. */
  windowParts: 100,
  /** Windows and slot sets that a process remembers: four for every client key there may be. */
  limitEntriesMax: 400_000,
  /** Numbers (8 bytes) that those hold together. */
  limitTimesMax: 16_000_000,
  /** Counts of tokens and money (tpm, tpd, budgets) that a process remembers, those of windows with 101 numbers each. */
  amountCountsMax: 50_000,
  /** Requests under way whose reservations a process holds; above every bound on exchanges. */
  amountClaimsMax: 100_000,
  /** Amounts taken while the shared store was gone that wait to be told to it; the oldest are forgiven first. */
  untoldAmountsMax: 100_000,
  /** ms after which what was spent is stored: what a killed process can lose. */
  spendingFlushMs: 500,
  /** ms between two tries to store it while the database is away, and to reach a shared store that is gone. */
  spendingRetryMs: 500,
  /** Budgets whose spending waits to be stored; beyond it requests with a budget are refused rather than forgotten. */
  unstoredSpendingMax: 100_000,
  /** Rows of spending that one transaction writes. */
  spendingRowsPerWrite: 200,
  /** ms that spending is kept after the end of its day or month: requests that began before it may end after it. */
  spendingKeptMs: 2 * 86_400_000,
  /** ms after which a process that stored spending and was not heard of is forgotten; far above any pause of a live one. */
  spendingWriterKeptMs: 86_400_000,
  /** What a budget may be set to: dollars, and tokens. */
  budgetUsdMax: 1_000_000_000,
  budgetTokensMax: 1_000_000_000_000,
  /** Tokens that an answer is reckoned to have when the request does not say how many it may have. */
  outputTokensAssumed: 4_096,
  /** Tokens that an answer is reckoned to have at most, whatever the request says: more are in no vendor's price list. */
  outputTokensMax: 1_000_000,
  /** Bytes of a text for one token of the request; prose has about four, so that the reckoning is rather too high. */
  bytesPerToken: 3,
  /** Tokens that a picture or another file inside the body is reckoned to have at most. */
  mediaTokens: 2_000,
  /** ms after which the slot of a request that is neither renewed nor given back is free again, e.g. after a crash. */
  slotLeaseMs: 30_000,
  /** ms between two renewals of the slots of all requests in flight: two may fail before a lease ends. */
  slotRenewMs: 10_000,
  /** Grants made while the shared store was gone that wait to be counted in it; the oldest are forgiven first. */
  uncountedGrantsMax: 100_000,
  /** Models, or networks, that one client key may list; each of its requests is held against all of them. */
  clientRestrictionsMax: 100,
  modelNameCharsMax: 200,
  /** Requests of one address in any second, when addresses are limited and nothing else is said. */
  addressPerSecond: 100,
  /** Client addresses that are known to be over their limit; of more, the one known for longest is asked about again. */
  refusedAddressesMax: 10_000,
  /** What a limit of a client key may be set to. */
  clientRateMax: 1_000_000_000,
  clientInFlightMax: 1_000_000,

  // --- a cache on a server (D4), all ms ---
  /** Until a connection is made and greeted. */
  cacheConnectTimeoutMs: 500,
  /** Until a command is answered, unless REDIS_COMMAND_TIMEOUT_MS says otherwise; after it the connection is destroyed. */
  cacheCommandTimeoutMs: 50,
  /** How long the start waits for a cache that does not answer. */
  cacheOpenWaitMs: 600,
  /** Failures in a row after which no caller waits for the network any more. */
  cacheFailuresToOpen: 3,
  /** Between two probes of a server that is there but fails. */
  cacheProbeMs: 1_000,
  /** Least time between two attempts to connect, of the whole process: at most two per second. */
  cacheReconnectGapMs: 500,
  /** Between two signs of life on the connection that only listens, and how long one is waited for. */
  cacheHeartbeatMs: 5_000,
  cacheHeartbeatTimeoutMs: 1_000,
  /** Difference to the clock of a server that is worth a warning (D23). */
  clockSkewMaxMs: 30_000,

  // --- work in the background ---
  /** Jobs that wait or run; more are refused: the queue is not a store of data. */
  jobsOpenMax: 50_000,
  /** Ended jobs that are kept, and for how long, ms. */
  jobsEndedKept: 10_000,
  jobsEndedKeptMs: 7 * 24 * 3_600_000,
  /** Ended jobs removed by one call: no statement runs long. */
  jobsRemovedAtOnce: 500,
  /** Bytes of a payload, a checkpoint or a result as JSON; what is larger goes into parts. */
  jobPayloadBytesMax: 64 * 1024,
  /** Characters of one part: well below what one statement may carry on any database. */
  jobPartBytesMax: 1024 * 1024,
  /** Parts of one job: an import of 100,000 keys with labels has about 100. */
  jobPartsMax: 512,
  /** Characters of a progress note and of an error. */
  jobNoteCharsMax: 500,
  /** Tries that end badly before a job is parked as failed. */
  jobAttemptsMax: 5,
  /** Runs at once in one process: they wait for the network and the database, and yield to requests. */
  jobsPerProcess: 4,
  /** ms after the last renewal until others may think that the holder is dead, and between two renewals. */
  jobLeaseMs: 15_000,
  jobRenewMs: 500,
  /** ms between two looks for work when nobody announces any. */
  jobLookMs: 1_000,
  /** The same where work is announced, and the announcement may be lost. */
  jobLookAnnouncedMs: 5_000,
  /** Announcements on their way to Redis; more are left to the next look. */
  jobSignalsPending: 1_000,
  /** ms that a Redis is left alone which refuses what announcing needs. */
  jobSignalsRestMs: 60_000,
  /** ms until a failed try is repeated, doubling up to the bound, with jitter. */
  jobRetryMinMs: 2_000,
  jobRetryMaxMs: 10 * 60_000,
  /** Keys that one validation names, and probes it has under way at once. */
  keyValidationIdsMax: 1_000,
  keyValidationParallelMax: 16,
  /** Keys that one answer waits for; more become a job when nobody says otherwise. */
  keyImportAnswerMax: 10_000,
  /** Accounts that one job makes: their client keys are one result. */
  accountsPerJobMax: 50_000,
  /** ms that running jobs get at a shutdown to come to a checkpoint. */
  jobStopMs: 5_000,

  // --- sign-in (D18) ---
  passwordCharsMin: 12,
  passwordCharsMax: 128,
  accessTokenMs: 15 * 60_000,
  sessionMs: 12 * 3_600_000,
  setupTokenMs: 60 * 60_000,
  loginFailuresMax: 5,
  /** Failed sign-ins of one network over all accounts within loginLockMs. */
  loginFailuresPerNetworkMax: 50,
  loginLockMs: 15 * 60_000,
  /** Remembered (account, network) pairs with failed sign-ins. */
  loginFailureRowsMax: 10_000,
  passwordHashesParallel: 2,
  /** Sign-ins that wait for a free place to hash; more are turned away at once. */
  passwordHashesQueued: 64,

  // --- logs, metrics (D21) ---
  logQueueLinesMax: 10_000,
  logQueueBytesMax: 16 * 1024 * 1024,
  /** Exchanges that wait to be sent as traces, about 2 KiB each; more are dropped and counted. */
  traceQueueMax: 4_096,
  /** Exchanges sent at once: rendering them keeps the event loop for about 1 ms. */
  traceBatchMax: 64,
  /** Batches under way at once: a collector that takes 100 ms gets 2,500 exchanges a second. */
  traceExportsMax: 4,
  /** ms that an exchange waits for others to be sent with. */
  traceFlushMs: 1_000,
  /** ms that a batch may take, its repetitions included. */
  traceExportMs: 10_000,
  /** Error reports that wait, and that one process sends in a minute: a tracker is for kinds of errors, not for counting them. */
  errorReportsQueueMax: 20,
  errorReportsPerMinute: 20,
  /** ms that one may take. */
  errorReportMs: 5_000,
  /** ms without any after one that failed, and at most when the tracker names a time. */
  errorReportsPauseMs: 60_000,
  errorReportsPauseMaxMs: 3_600_000,

  // --- live events ---
  /** Connections that listen in one process; each takes up to 20 KiB. */
  liveListenersMax: 5_000,
  /** Different subscriptions (topics and filters) in one process: each event is held against all of them. */
  liveSubscriptionsMax: 500,
  /** Events of one topic that one process tells one subscription in a second; more no person can read. What is left out is counted. */
  liveEventsPerSecond: 20,
  /** Events that wait to be sent to one subscription; above it they come from other processes faster than they go. */
  liveEventsWaitingMax: 1_000,
  /** Events kept per subscription for whoever lost a connection, and ms for which they are kept once nobody listens. */
  liveEventsKept: 50,
  liveReturnMs: 30_000,
  /** ms that events are gathered before they are sent together. */
  liveFlushMs: 20,
  /** Connections written to before other work gets its turn: about 2 ms. */
  liveSendsPerTurn: 200,
  /** Bytes that may wait for a listener that does not read, beyond what the kernel holds; above it the listener is sent away. */
  liveQueueBytesMax: 64 * 1024,
  /** ms until a listener that was sent away is cut off if it does not take the reason. */
  liveCloseMs: 2_000,
  /** ms between two signs of life; a listener that answers none of two is gone. Proxies cut idle connections after 60 s. */
  liveHeartbeatMs: 20_000,
  /** ms between two looks whether the sessions of listeners go on. */
  liveSessionLookMs: 1_000,
  /** Characters of a message of a listener: a token and a filter. */
  liveMessageCharsMax: 4_096,
  /** Messages of one listener between two looks. */
  liveMessagesMax: 10,
  /** ms between two announcements of what is listened to here, and ms for which one counts elsewhere. */
  liveInterestMs: 2_000,
  liveInterestForMs: 7_000,
  /** Characters of one event; ours have some hundred. */
  liveEventCharsMax: 8_192,
  /** Errors that the status shows. */
  recentErrorsMax: 20,

  // --- request log, usage (D21) ---
  /** Exchanges that wait to be stored, with those that are being stored, and their bytes by estimate. */
  requestLogQueueMax: 10_000,
  requestLogQueueBytesMax: 16 * 1024 * 1024,
  /** Exchanges stored at once, and ms until fewer are. */
  requestLogBatch: 500,
  requestLogBatchMs: 1_000,
  /** ms between two looks at the age and the size of the log. */
  requestLogLookMs: 30_000,
  /** Days that rows, and sums by the minute, are kept. */
  requestLogDays: 7,
  /** Bytes of rows and sums together; above it the oldest rows go, and then not every exchange gets a row. */
  requestLogBytesMax: 2 * 1024 * 1024 * 1024,
  /** Days that sums by the hour are kept, unless those by the day are kept for less. */
  usageHourDays: 90,
  usageDays: 400,
  /** Series (upstream, model, client key, account) of one process in one minute, hour or day; models of clients in one day. More count as one. */
  usageSeriesPerMinute: 500,
  usageSeriesPerHour: 2_000,
  usageSeriesPerDay: 10_000,
  usageModelsPerDay: 1_000,
  /** Exports that run at once in one process, and rows that they read at once. */
  logExportsMax: 4,
  logExportPiece: 500,

  // --- worker processes (WORKERS) ---
  /** A slip of the keyboard must not start thousands. */
  workersMax: 128,
  /** ms between two signs of life of a worker, and the silence after which it counts as hung and is killed. */
  workerSignMs: 1_000,
  workerSilenceMs: 10_000,
  /** ms until a worker must have loaded, and, in a rolling restart, serve. */
  workerStartMs: 60_000,
  /** ms until a worker that died a second time in a row is started again; doubles up to the bound. The first time it is at once. */
  workerRestartMinMs: 500,
  workerRestartMaxMs: 30_000,
  /** ms of service after which a death is the first one again. */
  workerStableMs: 30_000,
  /** ms beyond its announced and granted time that a worker may take to stop. */
  workerStopSlackMs: 6_000,
  /** ms that a scrape waits for the figures of the workers. */
  workerMetricsMs: 1_000,

  // --- shutdown (D22), ms ---
  drainAnnounceMs: 5_000,
  drainRequestsMs: 30_000,
  drainFlushMs: 2_000,
  /** After a second signal. */
  drainSecondSignalMs: 5_000,
  /** From an exception that nobody caught to the end of the process (CR-07), and how much of it goes to closing connections politely. */
  drainCrashMs: 5_000,
  drainCrashAnnounceMs: 1_500,
} as const
