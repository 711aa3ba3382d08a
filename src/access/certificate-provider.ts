import type {Certificates} from './certificates.ts';
import type {ReloadedFiles} from './reloaded-files.ts';

type CaListener = (update: {caCertificate: Buffer} | null) => void;
type IdentityListener = (update: {certificate: Buffer; privateKey: Buffer} | null) => void;

/**
 * Certificates in the form in which grpc-js asks for them. Only good ones are handed out: connections that are
 * open go on with theirs, new ones get the newest.
 */
export class CertificateProvider {
	readonly #files: ReloadedFiles<Certificates>;
	readonly #stops = new Map<CaListener | IdentityListener, () => void>();

	constructor(files: ReloadedFiles<Certificates>) {
		this.#files = files;
	}

	addCaCertificateListener(listener: CaListener): void {
		this.#add(listener, ({ca}) => listener(ca === undefined ? null : {caCertificate: ca}));
	}

	removeCaCertificateListener(listener: CaListener): void {
		this.#remove(listener);
	}

	addIdentityCertificateListener(listener: IdentityListener): void {
		this.#add(listener, ({identity}) => listener(identity ?? null));
	}

	removeIdentityCertificateListener(listener: IdentityListener): void {
		this.#remove(listener);
	}

	#add(listener: CaListener | IdentityListener, tell: (certificates: Certificates) => void): void {
		this.#stops.set(listener, this.#files.onChange(tell));
		// Told at once, a server never becomes ready: it is not yet watching when it adds its listener.
		process.nextTick(() => {
			if (this.#stops.has(listener)) {
				tell(this.#files.current);
			}
		});
	}

	#remove(listener: CaListener | IdentityListener): void {
		this.#stops.get(listener)?.();
		this.#stops.delete(listener);
	}
}
