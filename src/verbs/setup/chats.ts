// What setup asks about Slack and Discord; docs/slack.md and docs/discord.md tell the same at length.
import { discordFindings } from '../doctor-discord.ts';
import { slackFindings } from '../doctor-slack.ts';
import type { Section } from './section.ts';

export const SLACK: Section = {
  title: 'Slack',
  key: 'SLACK_BOT_TOKEN',
  about: [
    'Make the app first: "shellbox slack manifest" prints its manifest; at https://api.slack.com/apps take',
    '"Create New App", "From a manifest", paste it, then "Install to Workspace". docs/slack.md tells more.',
  ],
  questions: [
    {
      variable: 'SLACK_BOT_TOKEN',
      what: 'Bot User OAuth Token',
      where: ['On the app’s page OAuth & Permissions; it begins with xoxb-.'],
      isSecret: true,
    },
    {
      variable: 'SLACK_APP_TOKEN',
      what: 'App-level token',
      where: [
        'On Basic Information, App-Level Tokens, Generate, with the scope connections:write; it begins with xapp-.',
        'With it Shellbox calls Slack, and Slack needs no way to this machine.',
      ],
      isSecret: true,
      without: 'none: Slack posts to this machine over HTTPS',
    },
    {
      variable: 'SLACK_SIGNING_SECRET',
      what: 'Signing Secret',
      where: ['On Basic Information, App Credentials.'],
      isSecret: true,
      when: (set) => !set.SLACK_APP_TOKEN,
    },
    {
      variable: 'SHELLBOX_PUBLIC_URL',
      what: 'Address at which Slack reaches this machine',
      where: ['https://…, of a proxy that passes /slack/events on to SHELLBOX_PORT.'],
      when: (set) => !set.SLACK_APP_TOKEN,
    },
    {
      variable: 'SLACK_SIGNUP',
      what: 'Who gets a free account: open (this workspace), closed, or team ids',
      suggestion: 'open',
    },
  ],
  look: (config) => slackFindings(config),
  next: () => ['In a channel of Slack:  /invite @shellbox   and then   /shellbox spinup mybox'],
};

export const DISCORD: Section = {
  title: 'Discord',
  key: 'DISCORD_TOKEN',
  about: [
    'Make the application first: at https://discord.com/developers/applications take "New Application";',
    'docs/discord.md names the switches on its pages.',
  ],
  questions: [
    {
      variable: 'DISCORD_APPLICATION_ID',
      what: 'Application ID',
      where: ['On the page General Information.'],
    },
    {
      variable: 'DISCORD_TOKEN',
      what: 'Token of the bot',
      where: ['On the page Bot, "Reset Token". Discord shows it once.'],
      isSecret: true,
    },
    {
      variable: 'DISCORD_GUILD_ID',
      what: 'Id of the one server that is to have the command',
      where: ['User Settings, Advanced, Developer Mode on; then right-click the server, "Copy Server ID".'],
      without: 'none: in every server that the app is added to',
    },
    {
      variable: 'DISCORD_SIGNUP',
      what: 'Who gets a free account: closed, open, or ids of servers or roles',
      suggestion: 'closed',
    },
  ],
  look: (config) => discordFindings(config),
  next: () => ['The address at which the app is added to a server of Discord:  shellbox discord invite'],
};
