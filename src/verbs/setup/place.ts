// What setup asks about where boxes run; docs/providers.md tells the same at length.
import { isNamed } from '../../config/clouds.ts';
import type { Config, Environment } from '../../config.ts';
import { checkedCloud, isCloud } from '../../providers/registry.ts';
import { providerFindings } from '../doctor-provider.ts';
import { cloudOptions } from '../house-settings.ts';
import type { Section } from './section.ts';

const DIGITALOCEAN = (set: Environment) => isNamed('digitalocean', set);
const OVH = (set: Environment) => isNamed('ovh', set);

export const PLACE: Section = {
  title: 'Where boxes run',
  key: 'PROVIDER',
  // A provider with boxes has to stay, and so has its log-in.
  isForGood: true,
  about: ['Without an answer: Docker on this machine. docs/providers.md tells more of the clouds, and what they cost.'],
  questions: [
    { variable: 'PROVIDER', what: 'Where boxes run unasked: docker, digitalocean or ovh', suggestion: 'docker' },
    {
      variable: 'PROVIDERS',
      what: 'All that people may choose, with commas between',
      where: ['Leave in it whatever has boxes.'],
      without: 'none: that one alone',
    },
    {
      variable: 'DIGITALOCEAN_TOKEN',
      what: 'Token of DigitalOcean',
      where: ['On https://cloud.digitalocean.com/account/api/tokens; docs/providers.md lists its scopes.'],
      isSecret: true,
      when: DIGITALOCEAN,
    },
    {
      variable: 'DIGITALOCEAN_REGIONS',
      what: 'Regions, in the order in which they are tried',
      without: 'none: fra1,ams3,nyc3',
      when: DIGITALOCEAN,
    },
    {
      variable: 'OVH_API_URL',
      what: 'API of the OVH company that the account is with',
      where: ['Canada: https://ca.api.ovh.com/1.0 · United States: https://api.us.ovhcloud.com/1.0'],
      without: 'none: https://eu.api.ovh.com/1.0',
      when: OVH,
    },
    {
      variable: 'OVH_APPLICATION_KEY',
      what: 'Application key of OVH',
      where: ['On the page createToken of that API; docs/providers.md lists what to grant.'],
      when: OVH,
    },
    { variable: 'OVH_APPLICATION_SECRET', what: 'Application secret of OVH', isSecret: true, when: OVH },
    { variable: 'OVH_CONSUMER_KEY', what: 'Consumer key of OVH', isSecret: true, when: OVH },
    {
      variable: 'OVH_PROJECT',
      what: 'Id of the Public Cloud project',
      where: ['32 hexadecimal digits, in the control panel.'],
      when: OVH,
    },
    {
      variable: 'OVH_REGIONS',
      what: 'Regions, in the order in which they are tried',
      where: ['For example BHS5 in Canada, US-EAST-VA-1,US-WEST-OR-1 in the United States.'],
      without: 'none: GRA11,SBG5,DE1',
      when: OVH,
    },
  ],
  async look(config: Config, signal: AbortSignal) {
    // Nothing is made for anybody yet: no marks, and nobody who logs in.
    const options = cloudOptions(config, { installId: config.installId ?? '', controlKey: '' });
    const clouds = config.providers.filter(isCloud).map((name) => checkedCloud(name, options));
    return (await Promise.all(clouds.map((cloud) => providerFindings(cloud, signal)))).flat();
  },
  next: ({ providers }) =>
    providers.some(isCloud) ? ['What a cloud costs, and what else can be set for it:  docs/providers.md'] : [],
};
