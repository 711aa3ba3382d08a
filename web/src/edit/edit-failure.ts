interface FailureBody {
	readonly error?: {readonly message?: string; readonly code?: string | null; readonly param?: string | null};
}

/** An edit that was refused, or broke off. */
export class EditFailure extends Error {
	override readonly name = 'EditFailure';

	constructor(
		/** Of the response; undefined where there was none, or where it broke off behind its first byte. */
		readonly status: number | undefined,
		readonly code: string | undefined,
		message: string,
	) {
		super(message);
	}

	static of(status: number | undefined, body: FailureBody | undefined): EditFailure {
		const {message = 'no reason given', code} = body?.error ?? {};
		return new EditFailure(status, code ?? undefined, message);
	}
}

/** What went wrong, and what to do about it. */
export interface Advice {
	readonly title: string;
	readonly action: string;
	/** What the service said. */
	readonly detail: string;
	readonly needsKey: boolean;
}

/** @param isTextKept part of the answer has come */
export function adviseOn(error: unknown, isTextKept: boolean): Advice {
	const failure = error instanceof EditFailure ? error : new EditFailure(undefined, 'unreachable', '');
	const [title, action] = textsOf(failure, isTextKept);
	return {title, action, detail: failure.message, needsKey: failure.status === 401};
}

function textsOf({status, code, message}: EditFailure, isTextKept: boolean): [title: string, action: string] {
	if (code === 'unavailable' && isTextKept) {
		return [
			'The model was lost in the middle of the edit.',
			'Run it again: the service looks for another one.',
		];
	}

	if (code === 'context_length_exceeded') {
		return [
			'The file is too long for this model.',
			'Edit a shorter part of it, or serve a model with a longer context.',
		];
	}

	switch (status) {
		case 401:
			return ['This service asks for an API key.', 'Enter yours on the left, then run the edit again.'];
		case 400:
			return ['The edit can not be run as it is.', `Change what the service names: ${message}`];
		case 413:
			return [
				'The file is too large for this service.',
				'Edit a smaller file, or raise REDRAFT_MAX_REQUEST_BYTES.',
			];
		case 429:
			return ['All places for edits are taken.', 'Wait a moment, then run it again.'];
		case 503:
			return ['The model is not ready.', 'It may still be loading. Run the edit again in a few seconds.'];
		case undefined:
			return code === 'unreachable'
				? [
						'The service can not be reached.',
						'See whether it is running (npm start), then run the edit again.',
					]
				: ['The edit broke off.', 'Run it again.'];
		default:
			return ['The service failed.', 'Its log says why. Run the edit again, or try another one.'];
	}
}
