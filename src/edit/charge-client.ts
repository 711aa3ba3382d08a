import type {ClientLimits} from '../access/client-limits.ts';
import type {Client} from '../access/client-tokens.ts';
import type {EditEvent} from './edit.ts';

/**
 * Runs an edit within the limits of its client, and counts its prompt when it is made and its output as it comes.
 * @throws {ClientLimitError} the client uses all that it may
 */
export async function* chargeClient(
	limits: ClientLimits,
	client: Client,
	events: AsyncIterable<EditEvent>,
): AsyncGenerator<EditEvent, void> {
	const lease = await limits.enter(client);
	try {
		for await (const event of events) {
			lease.charge(tokensOf(event));
			yield event;
		}
	} finally {
		lease.leave();
	}
}

function tokensOf(event: EditEvent): number {
	switch (event.kind) {
		case 'started':
			return event.promptTokens;
		case 'delta':
			return event.tokens.length;
		case 'queued':
		case 'summary':
			return 0;
	}
}
