/** The brokers by name. */
import type { Broker } from './broker.ts';
import { lockstepBroker } from './lockstep-broker.ts';
import type { PresetName, Rules } from './policies.ts';
import { backtestingPyBroker } from './presets/backtesting-py.ts';
import { backtraderBroker } from './presets/backtrader.ts';
import { vectorbtBroker } from './presets/vectorbt.ts';
import { ziplineBroker } from './presets/zipline.ts';

const BROKERS: Readonly<Record<PresetName, Broker>> = {
  lockstep: lockstepBroker,
  backtrader: backtraderBroker,
  vectorbt: vectorbtBroker,
  'backtesting.py': backtestingPyBroker,
  zipline: ziplineBroker,
};

export function brokerOf({ fills }: Rules): Broker {
  return BROKERS[fills.preset];
}
