import {element} from './element.ts';

/** Says which model answers. */
export async function showModel(): Promise<void> {
	const badge = element('model', HTMLElement);
	const name = element('model-name', HTMLElement);
	try {
		const response = await fetch('v1/models');
		const {data} = (await response.json()) as {data?: {id: string}[]};
		name.textContent = data?.[0]?.id ?? 'API key needed';
		badge.dataset.state = data ? 'up' : 'locked';
	} catch {
		name.textContent = 'not reachable';
		badge.dataset.state = 'down';
	}
}
