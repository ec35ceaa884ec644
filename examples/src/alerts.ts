/** Robots of groups: alerts, at each platform's pace. They need no app, and hear nothing. */
import { createDingTalkRobot } from "@openclaw-china/dingtalk";
import { createWeComRobot } from "@openclaw-china/wecom";

const { ROBOT_TOKEN: accessToken, ROBOT_SECRET: secret, ROBOT_KEY: key } = process.env;
await using dingtalk = createDingTalkRobot({ accessToken, secret });
await using wecom = createWeComRobot({ key });

const alert = { kind: "markdown", text: "**db-1** disk at 93 %", mentions: "all" } as const;
await Promise.all([dingtalk.send(alert), wecom.send(alert)]);
