import type {EditInput} from './edit/edit-messages.ts';
import {OriginalEditor} from './editors/original-editor.ts';
import {element} from './element.ts';
import {examples} from './examples.ts';

/** Files beyond this are refused by any service as it is set. */
const maxFileBytes = 4 << 20;

/** The fields on the left: file, instruction, update. */
export class InputForm {
	readonly #editor = new OriginalEditor(element('original', HTMLElement));
	readonly #path = element('path', HTMLInputElement);
	readonly #instruction = element('instruction', HTMLTextAreaElement);
	readonly #update = element('update', HTMLTextAreaElement);
	readonly #updateField = element('update-field', HTMLDetailsElement);
	readonly #key = element('key', HTMLInputElement);
	readonly #onProblem: (title: string, action: string) => void;

	constructor(onProblem: (title: string, action: string) => void) {
		this.#onProblem = onProblem;
		this.#path.addEventListener('change', () => this.#editor.setPath(this.#path.value));
		this.#listExamples(element('examples', HTMLElement));
		this.#takeFiles();
	}

	get input(): EditInput {
		return {
			path: this.#path.value.trim(),
			original: this.#editor.text,
			instruction: this.#instruction.value,
			update: this.#update.value,
		};
	}

	get apiKey(): string {
		return this.#key.value.trim();
	}

	show({path, original, instruction, update}: EditInput): void {
		this.#path.value = path;
		this.#editor.show(original, path);
		this.#instruction.value = instruction;
		this.#update.value = update;
		this.#updateField.open = update !== '';
	}

	askForKey(): void {
		element('key-field', HTMLFormElement).hidden = false;
		this.#key.focus();
	}

	#listExamples(parent: HTMLElement): void {
		for (const example of examples) {
			const button = document.createElement('button');
			button.type = 'button';
			button.className = 'chip';
			button.textContent = example.title;
			button.addEventListener('click', () => this.show(example));
			parent.append(button);
		}
	}

	#takeFiles(): void {
		const open = element('open', HTMLInputElement);
		open.addEventListener('change', () => void this.#read(open.files));
		const zone = document.querySelector<HTMLElement>('.file')!;
		const mark = (isOver: boolean) => zone.classList.toggle('is-over', isOver);
		zone.addEventListener('dragover', event => {
			event.preventDefault();
			mark(true);
		});
		zone.addEventListener('dragleave', () => mark(false));
		zone.addEventListener(
			'drop',
			event => {
				const files = event.dataTransfer?.files;
				mark(false);
				if (files?.length) {
					event.preventDefault();
					event.stopPropagation();
					void this.#read(files);
				}
			},
			// Before the editor, which would insert the file's text where it was dropped.
			{capture: true},
		);
	}

	async #read(files: FileList | null): Promise<void> {
		const [file] = files ?? [];
		if (!file) {
			return;
		}

		if (file.size > maxFileBytes) {
			this.#onProblem(`${file.name} is too large.`, `Take a file of at most ${maxFileBytes >> 20} MiB.`);
			return;
		}

		try {
			const text = new TextDecoder('utf-8', {fatal: true}).decode(await file.arrayBuffer());
			this.#path.value = file.name;
			this.#editor.show(text, file.name);
		} catch {
			this.#onProblem(`${file.name} is not text.`, 'Take a text file in UTF-8.');
		}
	}
}
