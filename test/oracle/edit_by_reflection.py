"""Runs one edit with messages that are built from the service's reflection, as grpcurl and Postman do.

edit_by_reflection.py ADDRESS, with the request as JSON in the proto's own names on standard input. Prints the
messages of the answer as JSON lines, in the proto's own names.
"""

import sys

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

with grpc.insecure_channel(sys.argv[1]) as channel:
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    service = pool.FindServiceByName("redraft.v1.Redraft")
    method = service.methods_by_name["ApplyEdit"]
    request_class, response_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    call = channel.unary_stream(
        f"/{service.full_name}/{method.name}",
        request_serializer=request_class.SerializeToString,
        response_deserializer=response_class.FromString,
    )
    request = json_format.Parse(sys.stdin.read(), request_class())
    for message in call(request, timeout=60):
        print(json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None))
