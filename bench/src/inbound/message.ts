/** What people write, as the platform sends it: about 1 KB. */

const CONVERSATIONS = 100;

/** Message number `n`, in one of 100 groups. */
export function messageOf(n: number, now: number): object {
  return {
    conversationId: `cidBench${n % CONVERSATIONS}==`,
    chatbotCorpId: "dingbenchcorp",
    chatbotUserId: "$:LWCP_v1:$bot==",
    msgId: `msgBench${n}==`,
    senderNick: "Lin",
    isAdmin: false,
    senderStaffId: `staff-${n % 500}`,
    sessionWebhookExpiredTime: now + 5_400_000,
    createAt: now,
    senderCorpId: "dingbenchcorp",
    conversationType: "2",
    senderId: `$:LWCP_v1:$user${n % 500}==`,
    sessionWebhook: "https://oapi.dingtalk.com/robot/sendBySession?session=0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    robotCode: "dingbenchkey",
    conversationTitle: "Bench",
    isInAtList: true,
    atUsers: [{ dingtalkId: "$:LWCP_v1:$bot==" }],
    msgtype: "text",
    text: { content: ` message number ${n}, and some more words, as people write them when they ask for something ` },
  };
}
