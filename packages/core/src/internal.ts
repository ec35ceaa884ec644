/** Second door, for sibling packages (channels, gateway, OpenClaw wiring). No promise is made here. */

// model
export { formatAddress } from "./model/address.ts";
export { durationMs } from "./model/duration.ts";
export { extensionOf, safeFileName } from "./model/file-name.ts";
export type { InboundOf } from "./model/inbound.ts";

// errors, time, log
export { abortedError, channelError, closedError, configError, secretMissing, unsupportedError } from "./errors.ts";
export type { ErrorFacts } from "./errors.ts";
export { definite, findKnown, troubleError, unclearError, unseen } from "./catalogue.ts";
export type { Known, Trouble, TroubleFacts } from "./catalogue.ts";
export { systemClock } from "./clock.ts";
export { createDeadlines } from "./deadlines.ts";
export type { Deadline, Deadlines } from "./deadlines.ts";
export { redact, silentLogger } from "./log.ts";

// http
export { readBytes } from "./http/body.ts";
export { fileNameIn } from "./http/disposition.ts";
export { download } from "./http/download.ts";
export type { Downloaded } from "./http/download.ts";
export { exchange } from "./http/exchange.ts";
export type { Answer, ExchangeRequest } from "./http/exchange.ts";
export { createBudget } from "./http/budget.ts";
export type { Budget } from "./http/budget.ts";
export { checkAddress } from "./http/guard.ts";
export { createLimiter, createLimiters } from "./http/limiter.ts";
export type { Limiter } from "./http/limiter.ts";
export { createAgent, proxyOptions } from "./http/proxy.ts";
export { createQuotas } from "./http/quota.ts";
export type { Quota, Quotas } from "./http/quota.ts";
export { retry } from "./http/retry.ts";
export { createTokenSource } from "./http/token.ts";
export type { TokenSource } from "./http/token.ts";
export { createTransport } from "./http/transport.ts";
export { createUploads } from "./http/uploads.ts";
export type { Uploads } from "./http/uploads.ts";
export { bodyOf, jsonBody, refuse, success } from "./http/webhook.ts";

// sign
export { createEnvelopeCipher } from "./sign/cipher.ts";
export type { EnvelopeCipher } from "./sign/cipher.ts";
export { hmacSha256Base64, sha1Hex, sha256Hex, sortedSha1Hex } from "./sign/digest.ts";
export { equal } from "./sign/equal.ts";
export { createReplayGuard } from "./sign/replay.ts";
export type { ReplayGuard } from "./sign/replay.ts";

// config
export { envSnapshot, readEnv } from "./config/env.ts";
export { accessOf, originOf, textOf } from "./config/given.ts";
export { type Aliases, keyMeant, snakeCase } from "./config/keys.ts";
export { schemaError, type SchemaIssue } from "./config/schema.ts";
export { defaultSecretsFile, fillIn, lookUp, parseSecrets, readSecrets } from "./config/load.ts";
export type { Secrets } from "./config/load.ts";

// doctor
export { accessFindings } from "./doctor/access.ts";
export { budgetFindings } from "./doctor/budget.ts";
export { clockFindings } from "./doctor/clock.ts";
export { errorFinding, type Found } from "./doctor/finding.ts";
export { hostMissed, hostReached, type NeededHost, reachHost } from "./doctor/hosts.ts";
export { createTroubles, type Troubles } from "./doctor/troubles.ts";

// connect
export { announced } from "./connect/announced.ts";
export { announceHolder, createLease } from "./connect/lease.ts";
export type { Announcing, HolderOptions, Lease } from "./connect/lease.ts";
export { thisMachine } from "./connect/machine.ts";
export type { Machine } from "./connect/machine.ts";
export { openSocket } from "./connect/socket.ts";
export type { Refusal, Socket } from "./connect/socket.ts";
export { superviseConnection } from "./connect/supervisor.ts";
export type { LinkEvents, Supervised } from "./connect/supervisor.ts";
export { listenBoth, listenWebhook } from "./connect/webhook.ts";
export type { WebhookDesk } from "./connect/webhook.ts";
export { createFeed } from "./feed.ts";

// pipeline pieces that channels and siblings share
export { createPacedRobot } from "./robot/paced.ts";
export type { PacedRobotOptions } from "./robot/paced.ts";
export { pressAsk } from "./bot/ask.ts";
export type { Pressed } from "./bot/ask.ts";
export { createNames } from "./bot/names.ts";
export type { Names } from "./bot/names.ts";
export { answerPress } from "./bot/press.ts";
export type { PressAnswering } from "./bot/press.ts";
export { sqliteStateAt } from "./state/sqlite.ts";
export { memoryStateAt } from "./state/memory.ts";
export { sniff } from "./state/sniff.ts";
export { split } from "./reply/split.ts";
