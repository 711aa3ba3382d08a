/**
 * Imported before a program: at each SIGUSR2 its clock of the day jumps, a day forward and then two days back in
 * turn. Timers and `performance.now()` go on as they did, as on a machine whose clock is set.
 */
const dayMs = 86_400_000;
const RealDate = Date;
let shiftMs = 0;

globalThis.Date = class extends RealDate {
	constructor(...given: unknown[]) {
		super(...((given.length === 0 ? [RealDate.now() + shiftMs] : given) as [number]));
	}

	static override now(): number {
		return RealDate.now() + shiftMs;
	}
} as DateConstructor;

process.on('SIGUSR2', () => {
	shiftMs = shiftMs > 0 ? -dayMs : dayMs;
});
