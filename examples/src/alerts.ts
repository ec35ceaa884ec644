/** A group's robot: alerts, at the platform's pace. It needs no app, and hears nothing. */
import { createDingTalkRobot } from "@openclaw-china/dingtalk";

const { ROBOT_TOKEN: accessToken, ROBOT_SECRET: secret } = process.env;
await using robot = createDingTalkRobot({ accessToken, secret });

await robot.send({ kind: "markdown", text: "**db-1** disk at 93 %", mentions: "all" });
