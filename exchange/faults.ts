/** The switch for bad behaviour: which fault, how often, and the seed that makes it happen again the same way. */
import { count, integer, oneOf, PPM, record, type Codec, type Ppm } from '#firewall';
import { FAULTS, type Fault } from './contract.ts';
import { jitterOf } from './schedule.ts';

export type FaultSetting = Readonly<{ fault: Fault; probability: Ppm; seed: number }>;

export const faultSettingCodec: Codec<FaultSetting> = record<FaultSetting>({
  fault: oneOf(FAULTS),
  probability: integer<Ppm>(0, PPM),
  seed: count,
});

export class FaultSwitch {
  #setting: FaultSetting = { fault: 'none', probability: 0 as Ppm, seed: 0 };
  #draw = jitterOf(0);

  set(setting: FaultSetting): void {
    this.#setting = setting;
    this.#draw = jitterOf(setting.seed);
  }

  get setting(): FaultSetting {
    return this.#setting;
  }

  /** What befalls the next request. Reads can only be stale, and writes everything else. */
  next(request: 'read' | 'write'): Fault {
    const { fault, probability } = this.#setting;
    if (fault === 'none' || (fault === 'stale-read') !== (request === 'read')) return 'none';
    return this.#draw(PPM - 1) < probability ? fault : 'none';
  }
}
