import type {Figures} from '../edit/edit-run.ts';

const names = {
	tokensPerSecond: 'tokens / s',
	tokensPerPass: 'tokens / pass',
	acceptedShare: 'accepted',
	firstTextMs: 'first text',
} as const;

type FigureName = keyof typeof names;

/** Live counters of one run. */
export class FiguresView {
	readonly #values: Readonly<Record<FigureName, HTMLElement>>;

	constructor(parent: HTMLElement) {
		const list = document.createElement('dl');
		list.className = 'figures';
		const entries = Object.entries(names).map(([name, label]) => {
			const group = document.createElement('div');
			const term = document.createElement('dt');
			const value = document.createElement('dd');
			term.textContent = label;
			value.textContent = '–';
			value.dataset.figure = name;
			group.append(term, value);
			list.append(group);
			return [name, value];
		});
		this.#values = Object.fromEntries(entries) as Record<FigureName, HTMLElement>;
		parent.append(list);
	}

	show({tokensPerSecond, tokensPerPass, acceptedShare, firstTextMs}: Figures): void {
		this.#write('tokensPerSecond', tokensPerSecond > 0 ? shortNumber(tokensPerSecond) : '–');
		this.#write('tokensPerPass', tokensPerPass > 0 ? shortNumber(tokensPerPass) : '–');
		this.#write('acceptedShare', acceptedShare === undefined ? '–' : `${Math.round(100 * acceptedShare)} %`);
		this.#write('firstTextMs', firstTextMs === undefined ? '–' : formatMs(firstTextMs));
	}

	#write(name: FigureName, text: string): void {
		const element = this.#values[name];
		if (element.textContent !== text) {
			element.textContent = text;
		}
	}
}

export function shortNumber(value: number): string {
	return value.toFixed(value < 10 ? 1 : 0);
}

export function formatMs(ms: number): string {
	return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
