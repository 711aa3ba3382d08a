"""Stands for grpcurl where a machine has none: the same arguments, as far as the examples use them, by reflection.

grpcurl.py [-plaintext] [-max-time SECONDS] [-d JSON] ADDRESS (list | SERVICE/METHOD)
"""

import argparse

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


def main() -> None:
    """Prints what grpcurl prints: names a line, or each message of the answer as JSON."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("-plaintext", action="store_true", required=True)
    parser.add_argument("-max-time", type=float, dest="timeout_s")
    parser.add_argument("-d", default="{}", dest="data")
    parser.add_argument("address")
    parser.add_argument("symbol")
    options = parser.parse_args()
    with grpc.insecure_channel(options.address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        if options.symbol == "list":
            print("\n".join(database.get_services()))
            return
        service, name = options.symbol.split("/")
        method = DescriptorPool(database).FindServiceByName(service).methods_by_name[name]
        request_class, response_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        # A unary call is a stream of one message.
        call = channel.unary_stream(
            f"/{options.symbol}",
            request_serializer=request_class.SerializeToString,
            response_deserializer=response_class.FromString,
        )
        request = json_format.Parse(options.data, request_class())
        for message in call(request, timeout=options.timeout_s):
            print(json_format.MessageToJson(message, preserving_proto_field_name=True))


if __name__ == "__main__":
    main()
