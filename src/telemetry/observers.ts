import type {EditObservation, EditObserver} from './edit-observer.ts';

const silentObservation: EditObservation = {
	traceId: undefined,
	traceHeaders: () => ({}),
	queued() {},
	admitted() {},
	started() {},
	passBegan() {},
	passEnded() {},
	moved() {},
	delivered() {},
	ended() {},
};

/** Observes nothing. */
export const silentObserver: EditObserver = {refused() {}, began: () => silentObservation};

/** Tells all of them; the trace context is that of the first that has one. */
export function combineObservers(observers: readonly EditObserver[]): EditObserver {
	return {
		refused(reason) {
			for (const observer of observers) {
				observer.refused(reason);
			}
		},
		began: origin => combine(observers.map(observer => observer.began(origin))),
	};
}

function combine(observations: readonly EditObservation[]): EditObservation {
	const tell = (event: (observation: EditObservation) => void) => {
		for (const observation of observations) {
			event(observation);
		}
	};
	const traced = observations.find(({traceId}) => traceId !== undefined);
	return {
		traceId: traced?.traceId,
		traceHeaders: () => traced?.traceHeaders() ?? {},
		queued: () => tell(each => each.queued()),
		admitted: () => tell(each => each.admitted()),
		started: edit => tell(each => each.started(edit)),
		passBegan: () => tell(each => each.passBegan()),
		passEnded: pass => tell(each => each.passEnded(pass)),
		moved: reason => tell(each => each.moved(reason)),
		delivered: () => tell(each => each.delivered()),
		ended: end => tell(each => each.ended(end)),
	};
}
