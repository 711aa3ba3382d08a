// Original file: protos/inference.proto


export interface ServerReadyRequest {
}

export interface ServerReadyRequest__Output {
}
