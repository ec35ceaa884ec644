/**
 * What people see until the first words: a reaction on their message, or a short text that is recalled. Core asks for it and
 * takes it away again in every case; what fails here is harmless.
 */
import type { OpenChannel, Store } from "@openclaw-china/core";
import { type Client, isHeldBack } from "../api/client.ts";
import { recallMessages, sendToGroup, sendToUsers } from "../api/messages.ts";
import { setEmotion } from "../api/robot.ts";
import type { ReplyTo } from "../inbound/normalise.ts";

const THINKING = "🤔思考中";
/** A message can be recalled for about a day. */
const KEEP_MS = 86_400_000;

export interface ThinkingDeps {
  readonly client: Client;
  readonly store: Store;
  readonly account: string;
  readonly thinking: "reaction" | "text";
}

export function createThinking(deps: ThinkingDeps): NonNullable<OpenChannel["presence"]> {
  const { client } = deps;
  const eager: Client = { ...client, call: (call) => client.call({ ...call, atOnce: true }) };
  return async (_to, state, { replyTo, signal }) => {
    const reply = replyTo as ReplyTo | undefined;
    if (reply?.msgId === undefined) return;
    if (state === "done") return take(deps, reply, signal);
    if (client.budget.isSpent()) return "skipped";
    try {
      await put({ ...deps, client: eager }, reply, signal);
    } catch (error) {
      if (isHeldBack(error)) return "skipped";
      throw error;
    }
  };
}

async function put(deps: ThinkingDeps, reply: ReplyTo, signal: AbortSignal): Promise<void> {
  await (deps.thinking === "text" ? show(deps, reply, signal) : react(deps, reply, { on: true, signal }));
}

async function take(deps: ThinkingDeps, reply: ReplyTo, signal: AbortSignal): Promise<void> {
  await (deps.thinking === "text" ? hide(deps, reply, signal) : react(deps, reply, { on: false, signal }));
}

function react(
  { client }: ThinkingDeps,
  { robotCode, msgId = "", conversationId }: ReplyTo,
  how: { readonly on: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const emotion = { robotCode, openMsgId: msgId, openConversationId: conversationId };
  return setEmotion(client, emotion, THINKING, how);
}

/** Kept in the Store, so that it is taken away after a crash too, and is not shown twice. */
function placeOf({ account }: ThinkingDeps, { msgId = "" }: ReplyTo): string {
  return `thinking:dingtalk:${account}:${msgId}`;
}

/** Through the robot interface: what goes through a session webhook cannot be recalled. So not to people outside. */
async function show(deps: ThinkingDeps, reply: ReplyTo, signal: AbortSignal): Promise<void> {
  const { client, store } = deps;
  if ((await store.get(placeOf(deps, reply))) !== undefined) return;
  const message = { robotCode: reply.robotCode, msgKey: "sampleText", msgParam: { content: `${THINKING}…` } };
  const { direct, staffId, conversationId: openConversationId } = reply;
  if (direct && staffId === undefined) return;
  const processQueryKey =
    direct && staffId !== undefined
      ? (await sendToUsers(client, { ...message, userIds: [staffId] }, signal)).processQueryKey
      : await sendToGroup(client, { ...message, openConversationId }, signal);
  if (processQueryKey !== "") await store.put(placeOf(deps, reply), processQueryKey, KEEP_MS);
}

async function hide(deps: ThinkingDeps, reply: ReplyTo, signal: AbortSignal): Promise<void> {
  const { client, store } = deps;
  const place = placeOf(deps, reply);
  const shown = await store.get(place);
  if (shown === undefined) return;
  const { robotCode, direct, conversationId } = reply;
  const where = direct ? {} : { openConversationId: conversationId };
  await recallMessages(client, { robotCode, processQueryKeys: [shown.value], ...where }, signal);
  await store.replaceIf(place, shown.value, undefined);
}
