// Generated from proto/ by bin/generate.mjs. Not edited.
import * as $protobuf from "protobufjs/minimal.js";

/** Namespace google. */
export namespace google {

    /** Namespace protobuf. */
    namespace protobuf {

        /**
         * Properties of a Duration.
         * @deprecated Use google.protobuf.Duration.$Properties instead.
         */
        interface IDuration extends google.protobuf.Duration.$Properties {
        }

        /** Represents a Duration. */
        class Duration {

            /**
             * Constructs a new Duration.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.Duration.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Duration seconds. */
            seconds: number;

            /** Duration nanos. */
            nanos: number;

            /**
             * Creates a new Duration instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Duration instance
             */
            static create(properties: google.protobuf.Duration.$Shape): google.protobuf.Duration & google.protobuf.Duration.$Shape;
            static create(properties?: google.protobuf.Duration.$Properties): google.protobuf.Duration;

            /**
             * Encodes the specified Duration message. Does not implicitly {@link google.protobuf.Duration.verify|verify} messages.
             * @param message Duration message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.Duration.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Duration message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.Duration & google.protobuf.Duration.$Shape} Duration
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Duration & google.protobuf.Duration.$Shape;
        }

        namespace Duration {

            /** Properties of a Duration. */
            interface $Properties {

                /** Duration seconds */
                seconds?: (number|null);

                /** Duration nanos */
                nanos?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Duration. */
            type $Shape = google.protobuf.Duration.$Properties;
        }

        /**
         * Properties of an Any.
         * @deprecated Use google.protobuf.Any.$Properties instead.
         */
        interface IAny extends google.protobuf.Any.$Properties {
        }

        /** Represents an Any. */
        class Any {

            /**
             * Constructs a new Any.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.protobuf.Any.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Any type_url. */
            type_url: string;

            /** Any value. */
            value: Uint8Array;

            /**
             * Creates a new Any instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Any instance
             */
            static create(properties: google.protobuf.Any.$Shape): google.protobuf.Any & google.protobuf.Any.$Shape;
            static create(properties?: google.protobuf.Any.$Properties): google.protobuf.Any;

            /**
             * Encodes the specified Any message. Does not implicitly {@link google.protobuf.Any.verify|verify} messages.
             * @param message Any message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.protobuf.Any.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Any message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.protobuf.Any & google.protobuf.Any.$Shape} Any
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Any & google.protobuf.Any.$Shape;
        }

        namespace Any {

            /** Properties of an Any. */
            interface $Properties {

                /** Any type_url */
                type_url?: (string|null);

                /** Any value */
                value?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Any. */
            type $Shape = google.protobuf.Any.$Properties;
        }
    }

    /** Namespace rpc. */
    namespace rpc {

        /**
         * Properties of an ErrorInfo.
         * @deprecated Use google.rpc.ErrorInfo.$Properties instead.
         */
        interface IErrorInfo extends google.rpc.ErrorInfo.$Properties {
        }

        /** Represents an ErrorInfo. */
        class ErrorInfo {

            /**
             * Constructs a new ErrorInfo.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.rpc.ErrorInfo.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ErrorInfo reason. */
            reason: string;

            /** ErrorInfo domain. */
            domain: string;

            /** ErrorInfo metadata. */
            metadata: { [k: string]: string };

            /**
             * Creates a new ErrorInfo instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ErrorInfo instance
             */
            static create(properties: google.rpc.ErrorInfo.$Shape): google.rpc.ErrorInfo & google.rpc.ErrorInfo.$Shape;
            static create(properties?: google.rpc.ErrorInfo.$Properties): google.rpc.ErrorInfo;

            /**
             * Encodes the specified ErrorInfo message. Does not implicitly {@link google.rpc.ErrorInfo.verify|verify} messages.
             * @param message ErrorInfo message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.rpc.ErrorInfo.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ErrorInfo message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.rpc.ErrorInfo & google.rpc.ErrorInfo.$Shape} ErrorInfo
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.rpc.ErrorInfo & google.rpc.ErrorInfo.$Shape;
        }

        namespace ErrorInfo {

            /** Properties of an ErrorInfo. */
            interface $Properties {

                /** ErrorInfo reason */
                reason?: (string|null);

                /** ErrorInfo domain */
                domain?: (string|null);

                /** ErrorInfo metadata */
                metadata?: ({ [k: string]: string }|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an ErrorInfo. */
            type $Shape = google.rpc.ErrorInfo.$Properties;
        }

        /**
         * Properties of a RetryInfo.
         * @deprecated Use google.rpc.RetryInfo.$Properties instead.
         */
        interface IRetryInfo extends google.rpc.RetryInfo.$Properties {
        }

        /** Represents a RetryInfo. */
        class RetryInfo {

            /**
             * Constructs a new RetryInfo.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.rpc.RetryInfo.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RetryInfo retryDelay. */
            retryDelay?: (google.protobuf.Duration.$Properties|null);

            /**
             * Creates a new RetryInfo instance using the specified properties.
             * @param [properties] Properties to set
             * @returns RetryInfo instance
             */
            static create(properties: google.rpc.RetryInfo.$Shape): google.rpc.RetryInfo & google.rpc.RetryInfo.$Shape;
            static create(properties?: google.rpc.RetryInfo.$Properties): google.rpc.RetryInfo;

            /**
             * Encodes the specified RetryInfo message. Does not implicitly {@link google.rpc.RetryInfo.verify|verify} messages.
             * @param message RetryInfo message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.rpc.RetryInfo.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RetryInfo message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.rpc.RetryInfo & google.rpc.RetryInfo.$Shape} RetryInfo
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.rpc.RetryInfo & google.rpc.RetryInfo.$Shape;
        }

        namespace RetryInfo {

            /** Properties of a RetryInfo. */
            interface $Properties {

                /** RetryInfo retryDelay */
                retryDelay?: (google.protobuf.Duration.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RetryInfo. */
            type $Shape = google.rpc.RetryInfo.$Properties;
        }

        /**
         * Properties of a Status.
         * @deprecated Use google.rpc.Status.$Properties instead.
         */
        interface IStatus extends google.rpc.Status.$Properties {
        }

        /** Represents a Status. */
        class Status {

            /**
             * Constructs a new Status.
             * @param [properties] Properties to set
             */
            constructor(properties?: google.rpc.Status.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Status code. */
            code: number;

            /** Status message. */
            message: string;

            /** Status details. */
            details: google.protobuf.Any.$Properties[];

            /**
             * Creates a new Status instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Status instance
             */
            static create(properties: google.rpc.Status.$Shape): google.rpc.Status & google.rpc.Status.$Shape;
            static create(properties?: google.rpc.Status.$Properties): google.rpc.Status;

            /**
             * Encodes the specified Status message. Does not implicitly {@link google.rpc.Status.verify|verify} messages.
             * @param message Status message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: google.rpc.Status.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Status message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {google.rpc.Status & google.rpc.Status.$Shape} Status
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.rpc.Status & google.rpc.Status.$Shape;
        }

        namespace Status {

            /** Properties of a Status. */
            interface $Properties {

                /** Status code */
                code?: (number|null);

                /** Status message */
                message?: (string|null);

                /** Status details */
                details?: (google.protobuf.Any.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Status. */
            type $Shape = google.rpc.Status.$Properties;
        }
    }
}

/** Namespace odradek. */
export namespace odradek {

    /** Namespace internal. */
    namespace internal {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Properties of an Endpoint.
             * @deprecated Use odradek.internal.v1.Endpoint.$Properties instead.
             */
            interface IEndpoint extends odradek.internal.v1.Endpoint.$Properties {
            }

            /** Represents an Endpoint. */
            class Endpoint {

                /**
                 * Constructs a new Endpoint.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Endpoint.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Endpoint host. */
                host: string;

                /** Endpoint port. */
                port: number;

                /**
                 * Creates a new Endpoint instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Endpoint instance
                 */
                static create(properties: odradek.internal.v1.Endpoint.$Shape): odradek.internal.v1.Endpoint & odradek.internal.v1.Endpoint.$Shape;
                static create(properties?: odradek.internal.v1.Endpoint.$Properties): odradek.internal.v1.Endpoint;

                /**
                 * Encodes the specified Endpoint message. Does not implicitly {@link odradek.internal.v1.Endpoint.verify|verify} messages.
                 * @param message Endpoint message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Endpoint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Endpoint message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Endpoint & odradek.internal.v1.Endpoint.$Shape} Endpoint
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Endpoint & odradek.internal.v1.Endpoint.$Shape;
            }

            namespace Endpoint {

                /** Properties of an Endpoint. */
                interface $Properties {

                    /** Endpoint host */
                    host?: (string|null);

                    /** Endpoint port */
                    port?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Endpoint. */
                type $Shape = odradek.internal.v1.Endpoint.$Properties;
            }

            /**
             * Properties of a ReplicaReport.
             * @deprecated Use odradek.internal.v1.ReplicaReport.$Properties instead.
             */
            interface IReplicaReport extends odradek.internal.v1.ReplicaReport.$Properties {
            }

            /** Represents a ReplicaReport. */
            class ReplicaReport {

                /**
                 * Constructs a new ReplicaReport.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaReport.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaReport topicId. */
                topicId: string;

                /** ReplicaReport partition. */
                partition: number;

                /** ReplicaReport durableLogEndOffset. */
                durableLogEndOffset: number;

                /** ReplicaReport lastEpoch. */
                lastEpoch?: (number|null);

                /** ReplicaReport state. */
                state: string;

                /**
                 * Creates a new ReplicaReport instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaReport instance
                 */
                static create(properties: odradek.internal.v1.ReplicaReport.$Shape): odradek.internal.v1.ReplicaReport & odradek.internal.v1.ReplicaReport.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaReport.$Properties): odradek.internal.v1.ReplicaReport;

                /**
                 * Encodes the specified ReplicaReport message. Does not implicitly {@link odradek.internal.v1.ReplicaReport.verify|verify} messages.
                 * @param message ReplicaReport message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaReport message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaReport & odradek.internal.v1.ReplicaReport.$Shape} ReplicaReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaReport & odradek.internal.v1.ReplicaReport.$Shape;
            }

            namespace ReplicaReport {

                /** Properties of a ReplicaReport. */
                interface $Properties {

                    /** ReplicaReport topicId */
                    topicId?: (string|null);

                    /** ReplicaReport partition */
                    partition?: (number|null);

                    /** ReplicaReport durableLogEndOffset */
                    durableLogEndOffset?: (number|null);

                    /** ReplicaReport lastEpoch */
                    lastEpoch?: (number|null);

                    /** ReplicaReport state */
                    state?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReplicaReport. */
                type $Shape = odradek.internal.v1.ReplicaReport.$Properties;
            }

            /**
             * Properties of a Register.
             * @deprecated Use odradek.internal.v1.Register.$Properties instead.
             */
            interface IRegister extends odradek.internal.v1.Register.$Properties {
            }

            /** Represents a Register. */
            class Register {

                /**
                 * Constructs a new Register.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Register.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Register brokerId. */
                brokerId: number;

                /** Register incarnationId. */
                incarnationId: string;

                /** Register clusterId. */
                clusterId: string;

                /** Register diskId. */
                diskId: string;

                /** Register bootId. */
                bootId: string;

                /** Register grpc. */
                grpc?: (odradek.internal.v1.Endpoint.$Properties|null);

                /** Register http. */
                http?: (odradek.internal.v1.Endpoint.$Properties|null);

                /** Register rack. */
                rack: string;

                /** Register pid. */
                pid: number;

                /** Register dataDirectory. */
                dataDirectory: string;

                /** Register previousBrokerEpoch. */
                previousBrokerEpoch?: (number|null);

                /** Register markFileIntact. */
                markFileIntact: boolean;

                /** Register metadataOffset. */
                metadataOffset?: (number|null);

                /** Register replicas. */
                replicas: odradek.internal.v1.ReplicaReport.$Properties[];

                /**
                 * Creates a new Register instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Register instance
                 */
                static create(properties: odradek.internal.v1.Register.$Shape): odradek.internal.v1.Register & odradek.internal.v1.Register.$Shape;
                static create(properties?: odradek.internal.v1.Register.$Properties): odradek.internal.v1.Register;

                /**
                 * Encodes the specified Register message. Does not implicitly {@link odradek.internal.v1.Register.verify|verify} messages.
                 * @param message Register message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Register.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Register message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Register & odradek.internal.v1.Register.$Shape} Register
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Register & odradek.internal.v1.Register.$Shape;
            }

            namespace Register {

                /** Properties of a Register. */
                interface $Properties {

                    /** Register brokerId */
                    brokerId?: (number|null);

                    /** Register incarnationId */
                    incarnationId?: (string|null);

                    /** Register clusterId */
                    clusterId?: (string|null);

                    /** Register diskId */
                    diskId?: (string|null);

                    /** Register bootId */
                    bootId?: (string|null);

                    /** Register grpc */
                    grpc?: (odradek.internal.v1.Endpoint.$Properties|null);

                    /** Register http */
                    http?: (odradek.internal.v1.Endpoint.$Properties|null);

                    /** Register rack */
                    rack?: (string|null);

                    /** Register pid */
                    pid?: (number|null);

                    /** Register dataDirectory */
                    dataDirectory?: (string|null);

                    /** Register previousBrokerEpoch */
                    previousBrokerEpoch?: (number|null);

                    /** Register markFileIntact */
                    markFileIntact?: (boolean|null);

                    /** Register metadataOffset */
                    metadataOffset?: (number|null);

                    /** Register replicas */
                    replicas?: (odradek.internal.v1.ReplicaReport.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Register. */
                type $Shape = odradek.internal.v1.Register.$Properties;
            }

            /**
             * Properties of a Heartbeat.
             * @deprecated Use odradek.internal.v1.Heartbeat.$Properties instead.
             */
            interface IHeartbeat extends odradek.internal.v1.Heartbeat.$Properties {
            }

            /** Represents a Heartbeat. */
            class Heartbeat {

                /**
                 * Constructs a new Heartbeat.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Heartbeat.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Heartbeat brokerEpoch. */
                brokerEpoch: number;

                /** Heartbeat sentAt. */
                sentAt: number;

                /** Heartbeat appliedOffset. */
                appliedOffset: number;

                /** Heartbeat readyToServe. */
                readyToServe: boolean;

                /** Heartbeat wantsToStop. */
                wantsToStop: boolean;

                /** Heartbeat full. */
                full: boolean;

                /**
                 * Creates a new Heartbeat instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Heartbeat instance
                 */
                static create(properties: odradek.internal.v1.Heartbeat.$Shape): odradek.internal.v1.Heartbeat & odradek.internal.v1.Heartbeat.$Shape;
                static create(properties?: odradek.internal.v1.Heartbeat.$Properties): odradek.internal.v1.Heartbeat;

                /**
                 * Encodes the specified Heartbeat message. Does not implicitly {@link odradek.internal.v1.Heartbeat.verify|verify} messages.
                 * @param message Heartbeat message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Heartbeat message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Heartbeat & odradek.internal.v1.Heartbeat.$Shape} Heartbeat
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Heartbeat & odradek.internal.v1.Heartbeat.$Shape;
            }

            namespace Heartbeat {

                /** Properties of a Heartbeat. */
                interface $Properties {

                    /** Heartbeat brokerEpoch */
                    brokerEpoch?: (number|null);

                    /** Heartbeat sentAt */
                    sentAt?: (number|null);

                    /** Heartbeat appliedOffset */
                    appliedOffset?: (number|null);

                    /** Heartbeat readyToServe */
                    readyToServe?: (boolean|null);

                    /** Heartbeat wantsToStop */
                    wantsToStop?: (boolean|null);

                    /** Heartbeat full */
                    full?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Heartbeat. */
                type $Shape = odradek.internal.v1.Heartbeat.$Properties;
            }

            /**
             * Properties of an IsrMember.
             * @deprecated Use odradek.internal.v1.IsrMember.$Properties instead.
             */
            interface IIsrMember extends odradek.internal.v1.IsrMember.$Properties {
            }

            /** Represents an IsrMember. */
            class IsrMember {

                /**
                 * Constructs a new IsrMember.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.IsrMember.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** IsrMember brokerId. */
                brokerId: number;

                /** IsrMember brokerEpoch. */
                brokerEpoch: number;

                /**
                 * Creates a new IsrMember instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns IsrMember instance
                 */
                static create(properties: odradek.internal.v1.IsrMember.$Shape): odradek.internal.v1.IsrMember & odradek.internal.v1.IsrMember.$Shape;
                static create(properties?: odradek.internal.v1.IsrMember.$Properties): odradek.internal.v1.IsrMember;

                /**
                 * Encodes the specified IsrMember message. Does not implicitly {@link odradek.internal.v1.IsrMember.verify|verify} messages.
                 * @param message IsrMember message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.IsrMember.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an IsrMember message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.IsrMember & odradek.internal.v1.IsrMember.$Shape} IsrMember
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.IsrMember & odradek.internal.v1.IsrMember.$Shape;
            }

            namespace IsrMember {

                /** Properties of an IsrMember. */
                interface $Properties {

                    /** IsrMember brokerId */
                    brokerId?: (number|null);

                    /** IsrMember brokerEpoch */
                    brokerEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an IsrMember. */
                type $Shape = odradek.internal.v1.IsrMember.$Properties;
            }

            /**
             * Properties of an AlterPartitionProposal.
             * @deprecated Use odradek.internal.v1.AlterPartitionProposal.$Properties instead.
             */
            interface IAlterPartitionProposal extends odradek.internal.v1.AlterPartitionProposal.$Properties {
            }

            /** Represents an AlterPartitionProposal. */
            class AlterPartitionProposal {

                /**
                 * Constructs a new AlterPartitionProposal.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.AlterPartitionProposal.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AlterPartitionProposal topicId. */
                topicId: string;

                /** AlterPartitionProposal partition. */
                partition: number;

                /** AlterPartitionProposal leaderEpoch. */
                leaderEpoch: number;

                /** AlterPartitionProposal partitionEpoch. */
                partitionEpoch: number;

                /** AlterPartitionProposal isr. */
                isr: odradek.internal.v1.IsrMember.$Properties[];

                /** AlterPartitionProposal recovering. */
                recovering: boolean;

                /**
                 * Creates a new AlterPartitionProposal instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AlterPartitionProposal instance
                 */
                static create(properties: odradek.internal.v1.AlterPartitionProposal.$Shape): odradek.internal.v1.AlterPartitionProposal & odradek.internal.v1.AlterPartitionProposal.$Shape;
                static create(properties?: odradek.internal.v1.AlterPartitionProposal.$Properties): odradek.internal.v1.AlterPartitionProposal;

                /**
                 * Encodes the specified AlterPartitionProposal message. Does not implicitly {@link odradek.internal.v1.AlterPartitionProposal.verify|verify} messages.
                 * @param message AlterPartitionProposal message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.AlterPartitionProposal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AlterPartitionProposal message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.AlterPartitionProposal & odradek.internal.v1.AlterPartitionProposal.$Shape} AlterPartitionProposal
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AlterPartitionProposal & odradek.internal.v1.AlterPartitionProposal.$Shape;
            }

            namespace AlterPartitionProposal {

                /** Properties of an AlterPartitionProposal. */
                interface $Properties {

                    /** AlterPartitionProposal topicId */
                    topicId?: (string|null);

                    /** AlterPartitionProposal partition */
                    partition?: (number|null);

                    /** AlterPartitionProposal leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** AlterPartitionProposal partitionEpoch */
                    partitionEpoch?: (number|null);

                    /** AlterPartitionProposal isr */
                    isr?: (odradek.internal.v1.IsrMember.$Properties[]|null);

                    /** AlterPartitionProposal recovering */
                    recovering?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AlterPartitionProposal. */
                type $Shape = odradek.internal.v1.AlterPartitionProposal.$Properties;
            }

            /**
             * Properties of an AlterPartitions.
             * @deprecated Use odradek.internal.v1.AlterPartitions.$Properties instead.
             */
            interface IAlterPartitions extends odradek.internal.v1.AlterPartitions.$Properties {
            }

            /** Represents an AlterPartitions. */
            class AlterPartitions {

                /**
                 * Constructs a new AlterPartitions.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.AlterPartitions.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AlterPartitions brokerEpoch. */
                brokerEpoch: number;

                /** AlterPartitions requests. */
                requests: odradek.internal.v1.AlterPartitionProposal.$Properties[];

                /**
                 * Creates a new AlterPartitions instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AlterPartitions instance
                 */
                static create(properties: odradek.internal.v1.AlterPartitions.$Shape): odradek.internal.v1.AlterPartitions & odradek.internal.v1.AlterPartitions.$Shape;
                static create(properties?: odradek.internal.v1.AlterPartitions.$Properties): odradek.internal.v1.AlterPartitions;

                /**
                 * Encodes the specified AlterPartitions message. Does not implicitly {@link odradek.internal.v1.AlterPartitions.verify|verify} messages.
                 * @param message AlterPartitions message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.AlterPartitions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AlterPartitions message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.AlterPartitions & odradek.internal.v1.AlterPartitions.$Shape} AlterPartitions
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AlterPartitions & odradek.internal.v1.AlterPartitions.$Shape;
            }

            namespace AlterPartitions {

                /** Properties of an AlterPartitions. */
                interface $Properties {

                    /** AlterPartitions brokerEpoch */
                    brokerEpoch?: (number|null);

                    /** AlterPartitions requests */
                    requests?: (odradek.internal.v1.AlterPartitionProposal.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AlterPartitions. */
                type $Shape = odradek.internal.v1.AlterPartitions.$Properties;
            }

            /**
             * Properties of a HandoverReady.
             * @deprecated Use odradek.internal.v1.HandoverReady.$Properties instead.
             */
            interface IHandoverReady extends odradek.internal.v1.HandoverReady.$Properties {
            }

            /** Represents a HandoverReady. */
            class HandoverReady {

                /**
                 * Constructs a new HandoverReady.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.HandoverReady.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** HandoverReady brokerEpoch. */
                brokerEpoch: number;

                /** HandoverReady topicId. */
                topicId: string;

                /** HandoverReady partition. */
                partition: number;

                /** HandoverReady target. */
                target: number;

                /** HandoverReady leaderEpoch. */
                leaderEpoch: number;

                /** HandoverReady partitionEpoch. */
                partitionEpoch: number;

                /**
                 * Creates a new HandoverReady instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns HandoverReady instance
                 */
                static create(properties: odradek.internal.v1.HandoverReady.$Shape): odradek.internal.v1.HandoverReady & odradek.internal.v1.HandoverReady.$Shape;
                static create(properties?: odradek.internal.v1.HandoverReady.$Properties): odradek.internal.v1.HandoverReady;

                /**
                 * Encodes the specified HandoverReady message. Does not implicitly {@link odradek.internal.v1.HandoverReady.verify|verify} messages.
                 * @param message HandoverReady message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.HandoverReady.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a HandoverReady message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.HandoverReady & odradek.internal.v1.HandoverReady.$Shape} HandoverReady
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.HandoverReady & odradek.internal.v1.HandoverReady.$Shape;
            }

            namespace HandoverReady {

                /** Properties of a HandoverReady. */
                interface $Properties {

                    /** HandoverReady brokerEpoch */
                    brokerEpoch?: (number|null);

                    /** HandoverReady topicId */
                    topicId?: (string|null);

                    /** HandoverReady partition */
                    partition?: (number|null);

                    /** HandoverReady target */
                    target?: (number|null);

                    /** HandoverReady leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** HandoverReady partitionEpoch */
                    partitionEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a HandoverReady. */
                type $Shape = odradek.internal.v1.HandoverReady.$Properties;
            }

            /**
             * Properties of a ReplicaStateReport.
             * @deprecated Use odradek.internal.v1.ReplicaStateReport.$Properties instead.
             */
            interface IReplicaStateReport extends odradek.internal.v1.ReplicaStateReport.$Properties {
            }

            /** Represents a ReplicaStateReport. */
            class ReplicaStateReport {

                /**
                 * Constructs a new ReplicaStateReport.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaStateReport.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaStateReport brokerEpoch. */
                brokerEpoch: number;

                /** ReplicaStateReport topicId. */
                topicId: string;

                /** ReplicaStateReport partition. */
                partition: number;

                /** ReplicaStateReport state. */
                state: string;

                /** ReplicaStateReport reason. */
                reason: string;

                /**
                 * Creates a new ReplicaStateReport instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaStateReport instance
                 */
                static create(properties: odradek.internal.v1.ReplicaStateReport.$Shape): odradek.internal.v1.ReplicaStateReport & odradek.internal.v1.ReplicaStateReport.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaStateReport.$Properties): odradek.internal.v1.ReplicaStateReport;

                /**
                 * Encodes the specified ReplicaStateReport message. Does not implicitly {@link odradek.internal.v1.ReplicaStateReport.verify|verify} messages.
                 * @param message ReplicaStateReport message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaStateReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaStateReport message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaStateReport & odradek.internal.v1.ReplicaStateReport.$Shape} ReplicaStateReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaStateReport & odradek.internal.v1.ReplicaStateReport.$Shape;
            }

            namespace ReplicaStateReport {

                /** Properties of a ReplicaStateReport. */
                interface $Properties {

                    /** ReplicaStateReport brokerEpoch */
                    brokerEpoch?: (number|null);

                    /** ReplicaStateReport topicId */
                    topicId?: (string|null);

                    /** ReplicaStateReport partition */
                    partition?: (number|null);

                    /** ReplicaStateReport state */
                    state?: (string|null);

                    /** ReplicaStateReport reason */
                    reason?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReplicaStateReport. */
                type $Shape = odradek.internal.v1.ReplicaStateReport.$Properties;
            }

            /**
             * Properties of a Goodbye.
             * @deprecated Use odradek.internal.v1.Goodbye.$Properties instead.
             */
            interface IGoodbye extends odradek.internal.v1.Goodbye.$Properties {
            }

            /** Represents a Goodbye. */
            class Goodbye {

                /**
                 * Constructs a new Goodbye.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Goodbye.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Goodbye brokerEpoch. */
                brokerEpoch: number;

                /**
                 * Creates a new Goodbye instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Goodbye instance
                 */
                static create(properties: odradek.internal.v1.Goodbye.$Shape): odradek.internal.v1.Goodbye & odradek.internal.v1.Goodbye.$Shape;
                static create(properties?: odradek.internal.v1.Goodbye.$Properties): odradek.internal.v1.Goodbye;

                /**
                 * Encodes the specified Goodbye message. Does not implicitly {@link odradek.internal.v1.Goodbye.verify|verify} messages.
                 * @param message Goodbye message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Goodbye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Goodbye message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Goodbye & odradek.internal.v1.Goodbye.$Shape} Goodbye
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Goodbye & odradek.internal.v1.Goodbye.$Shape;
            }

            namespace Goodbye {

                /** Properties of a Goodbye. */
                interface $Properties {

                    /** Goodbye brokerEpoch */
                    brokerEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Goodbye. */
                type $Shape = odradek.internal.v1.Goodbye.$Properties;
            }

            /**
             * Properties of a SessionRequest.
             * @deprecated Use odradek.internal.v1.SessionRequest.$Properties instead.
             */
            interface ISessionRequest extends odradek.internal.v1.SessionRequest.$Properties {
            }

            /** Represents a SessionRequest. */
            class SessionRequest {

                /**
                 * Constructs a new SessionRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.SessionRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SessionRequest register. */
                register?: (odradek.internal.v1.Register.$Properties|null);

                /** SessionRequest heartbeat. */
                heartbeat?: (odradek.internal.v1.Heartbeat.$Properties|null);

                /** SessionRequest alterPartitions. */
                alterPartitions?: (odradek.internal.v1.AlterPartitions.$Properties|null);

                /** SessionRequest handoverReady. */
                handoverReady?: (odradek.internal.v1.HandoverReady.$Properties|null);

                /** SessionRequest replicaState. */
                replicaState?: (odradek.internal.v1.ReplicaStateReport.$Properties|null);

                /** SessionRequest goodbye. */
                goodbye?: (odradek.internal.v1.Goodbye.$Properties|null);

                /** SessionRequest message. */
                message?: ("register"|"heartbeat"|"alterPartitions"|"handoverReady"|"replicaState"|"goodbye");

                /**
                 * Creates a new SessionRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SessionRequest instance
                 */
                static create(properties: odradek.internal.v1.SessionRequest.$Shape): odradek.internal.v1.SessionRequest & odradek.internal.v1.SessionRequest.$Shape;
                static create(properties?: odradek.internal.v1.SessionRequest.$Properties): odradek.internal.v1.SessionRequest;

                /**
                 * Encodes the specified SessionRequest message. Does not implicitly {@link odradek.internal.v1.SessionRequest.verify|verify} messages.
                 * @param message SessionRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.SessionRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SessionRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.SessionRequest & odradek.internal.v1.SessionRequest.$Shape} SessionRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.SessionRequest & odradek.internal.v1.SessionRequest.$Shape;
            }

            namespace SessionRequest {

                /** Properties of a SessionRequest. */
                interface $Properties {

                    /** SessionRequest register */
                    register?: (odradek.internal.v1.Register.$Properties|null);

                    /** SessionRequest heartbeat */
                    heartbeat?: (odradek.internal.v1.Heartbeat.$Properties|null);

                    /** SessionRequest alterPartitions */
                    alterPartitions?: (odradek.internal.v1.AlterPartitions.$Properties|null);

                    /** SessionRequest handoverReady */
                    handoverReady?: (odradek.internal.v1.HandoverReady.$Properties|null);

                    /** SessionRequest replicaState */
                    replicaState?: (odradek.internal.v1.ReplicaStateReport.$Properties|null);

                    /** SessionRequest goodbye */
                    goodbye?: (odradek.internal.v1.Goodbye.$Properties|null);

                    /** SessionRequest message */
                    message?: ("register"|"heartbeat"|"alterPartitions"|"handoverReady"|"replicaState"|"goodbye");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a SessionRequest. */
                type $Shape = {
                  register?: odradek.internal.v1.Register.$Shape|null;
                  heartbeat?: odradek.internal.v1.Heartbeat.$Shape|null;
                  alterPartitions?: odradek.internal.v1.AlterPartitions.$Shape|null;
                  handoverReady?: odradek.internal.v1.HandoverReady.$Shape|null;
                  replicaState?: odradek.internal.v1.ReplicaStateReport.$Shape|null;
                  goodbye?: odradek.internal.v1.Goodbye.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ message?: undefined; register?: null; heartbeat?: null; alterPartitions?: null; handoverReady?: null; replicaState?: null; goodbye?: null }|{ message?: "register"; register: odradek.internal.v1.Register.$Shape; heartbeat?: null; alterPartitions?: null; handoverReady?: null; replicaState?: null; goodbye?: null }|{ message?: "heartbeat"; register?: null; heartbeat: odradek.internal.v1.Heartbeat.$Shape; alterPartitions?: null; handoverReady?: null; replicaState?: null; goodbye?: null }|{ message?: "alterPartitions"; register?: null; heartbeat?: null; alterPartitions: odradek.internal.v1.AlterPartitions.$Shape; handoverReady?: null; replicaState?: null; goodbye?: null }|{ message?: "handoverReady"; register?: null; heartbeat?: null; alterPartitions?: null; handoverReady: odradek.internal.v1.HandoverReady.$Shape; replicaState?: null; goodbye?: null }|{ message?: "replicaState"; register?: null; heartbeat?: null; alterPartitions?: null; handoverReady?: null; replicaState: odradek.internal.v1.ReplicaStateReport.$Shape; goodbye?: null }|{ message?: "goodbye"; register?: null; heartbeat?: null; alterPartitions?: null; handoverReady?: null; replicaState?: null; goodbye: odradek.internal.v1.Goodbye.$Shape })
                );
            }

            /**
             * Properties of a Registered.
             * @deprecated Use odradek.internal.v1.Registered.$Properties instead.
             */
            interface IRegistered extends odradek.internal.v1.Registered.$Properties {
            }

            /** Represents a Registered. */
            class Registered {

                /**
                 * Constructs a new Registered.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Registered.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Registered brokerEpoch. */
                brokerEpoch: number;

                /** Registered clusterId. */
                clusterId: string;

                /** Registered controllerId. */
                controllerId: number;

                /** Registered controllerEpoch. */
                controllerEpoch: number;

                /**
                 * Creates a new Registered instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Registered instance
                 */
                static create(properties: odradek.internal.v1.Registered.$Shape): odradek.internal.v1.Registered & odradek.internal.v1.Registered.$Shape;
                static create(properties?: odradek.internal.v1.Registered.$Properties): odradek.internal.v1.Registered;

                /**
                 * Encodes the specified Registered message. Does not implicitly {@link odradek.internal.v1.Registered.verify|verify} messages.
                 * @param message Registered message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Registered.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Registered message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Registered & odradek.internal.v1.Registered.$Shape} Registered
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Registered & odradek.internal.v1.Registered.$Shape;
            }

            namespace Registered {

                /** Properties of a Registered. */
                interface $Properties {

                    /** Registered brokerEpoch */
                    brokerEpoch?: (number|null);

                    /** Registered clusterId */
                    clusterId?: (string|null);

                    /** Registered controllerId */
                    controllerId?: (number|null);

                    /** Registered controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Registered. */
                type $Shape = odradek.internal.v1.Registered.$Properties;
            }

            /**
             * Properties of a HeartbeatAnswer.
             * @deprecated Use odradek.internal.v1.HeartbeatAnswer.$Properties instead.
             */
            interface IHeartbeatAnswer extends odradek.internal.v1.HeartbeatAnswer.$Properties {
            }

            /** Represents a HeartbeatAnswer. */
            class HeartbeatAnswer {

                /**
                 * Constructs a new HeartbeatAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.HeartbeatAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** HeartbeatAnswer sentAt. */
                sentAt: number;

                /** HeartbeatAnswer committedOffset. */
                committedOffset: number;

                /** HeartbeatAnswer fenced. */
                fenced: boolean;

                /** HeartbeatAnswer mayStop. */
                mayStop: boolean;

                /**
                 * Creates a new HeartbeatAnswer instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns HeartbeatAnswer instance
                 */
                static create(properties: odradek.internal.v1.HeartbeatAnswer.$Shape): odradek.internal.v1.HeartbeatAnswer & odradek.internal.v1.HeartbeatAnswer.$Shape;
                static create(properties?: odradek.internal.v1.HeartbeatAnswer.$Properties): odradek.internal.v1.HeartbeatAnswer;

                /**
                 * Encodes the specified HeartbeatAnswer message. Does not implicitly {@link odradek.internal.v1.HeartbeatAnswer.verify|verify} messages.
                 * @param message HeartbeatAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.HeartbeatAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a HeartbeatAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.HeartbeatAnswer & odradek.internal.v1.HeartbeatAnswer.$Shape} HeartbeatAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.HeartbeatAnswer & odradek.internal.v1.HeartbeatAnswer.$Shape;
            }

            namespace HeartbeatAnswer {

                /** Properties of a HeartbeatAnswer. */
                interface $Properties {

                    /** HeartbeatAnswer sentAt */
                    sentAt?: (number|null);

                    /** HeartbeatAnswer committedOffset */
                    committedOffset?: (number|null);

                    /** HeartbeatAnswer fenced */
                    fenced?: (boolean|null);

                    /** HeartbeatAnswer mayStop */
                    mayStop?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a HeartbeatAnswer. */
                type $Shape = odradek.internal.v1.HeartbeatAnswer.$Properties;
            }

            /**
             * Properties of a Snapshot.
             * @deprecated Use odradek.internal.v1.Snapshot.$Properties instead.
             */
            interface ISnapshot extends odradek.internal.v1.Snapshot.$Properties {
            }

            /** Represents a Snapshot. */
            class Snapshot {

                /**
                 * Constructs a new Snapshot.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Snapshot.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Snapshot controllerEpoch. */
                controllerEpoch: number;

                /** Snapshot nextOffset. */
                nextOffset: number;

                /** Snapshot image. */
                image: Uint8Array;

                /**
                 * Creates a new Snapshot instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Snapshot instance
                 */
                static create(properties: odradek.internal.v1.Snapshot.$Shape): odradek.internal.v1.Snapshot & odradek.internal.v1.Snapshot.$Shape;
                static create(properties?: odradek.internal.v1.Snapshot.$Properties): odradek.internal.v1.Snapshot;

                /**
                 * Encodes the specified Snapshot message. Does not implicitly {@link odradek.internal.v1.Snapshot.verify|verify} messages.
                 * @param message Snapshot message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Snapshot.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Snapshot message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Snapshot & odradek.internal.v1.Snapshot.$Shape} Snapshot
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Snapshot & odradek.internal.v1.Snapshot.$Shape;
            }

            namespace Snapshot {

                /** Properties of a Snapshot. */
                interface $Properties {

                    /** Snapshot controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** Snapshot nextOffset */
                    nextOffset?: (number|null);

                    /** Snapshot image */
                    image?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Snapshot. */
                type $Shape = odradek.internal.v1.Snapshot.$Properties;
            }

            /**
             * Properties of an Events.
             * @deprecated Use odradek.internal.v1.Events.$Properties instead.
             */
            interface IEvents extends odradek.internal.v1.Events.$Properties {
            }

            /** Represents an Events. */
            class Events {

                /**
                 * Constructs a new Events.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Events.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Events controllerEpoch. */
                controllerEpoch: number;

                /** Events startOffset. */
                startOffset: number;

                /** Events events. */
                events: Uint8Array[];

                /**
                 * Creates a new Events instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Events instance
                 */
                static create(properties: odradek.internal.v1.Events.$Shape): odradek.internal.v1.Events & odradek.internal.v1.Events.$Shape;
                static create(properties?: odradek.internal.v1.Events.$Properties): odradek.internal.v1.Events;

                /**
                 * Encodes the specified Events message. Does not implicitly {@link odradek.internal.v1.Events.verify|verify} messages.
                 * @param message Events message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Events.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Events message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Events & odradek.internal.v1.Events.$Shape} Events
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Events & odradek.internal.v1.Events.$Shape;
            }

            namespace Events {

                /** Properties of an Events. */
                interface $Properties {

                    /** Events controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** Events startOffset */
                    startOffset?: (number|null);

                    /** Events events */
                    events?: (Uint8Array[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Events. */
                type $Shape = odradek.internal.v1.Events.$Properties;
            }

            /**
             * Properties of a PartitionState.
             * @deprecated Use odradek.internal.v1.PartitionState.$Properties instead.
             */
            interface IPartitionState extends odradek.internal.v1.PartitionState.$Properties {
            }

            /** Represents a PartitionState. */
            class PartitionState {

                /**
                 * Constructs a new PartitionState.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.PartitionState.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** PartitionState partition. */
                partition: number;

                /** PartitionState replicas. */
                replicas: number[];

                /** PartitionState leader. */
                leader: number;

                /** PartitionState leaderEpoch. */
                leaderEpoch: number;

                /** PartitionState partitionEpoch. */
                partitionEpoch: number;

                /** PartitionState isr. */
                isr: number[];

                /** PartitionState elr. */
                elr: number[];

                /** PartitionState lastKnownElr. */
                lastKnownElr: number[];

                /** PartitionState minIsr. */
                minIsr: number;

                /** PartitionState recovering. */
                recovering: boolean;

                /**
                 * Creates a new PartitionState instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns PartitionState instance
                 */
                static create(properties: odradek.internal.v1.PartitionState.$Shape): odradek.internal.v1.PartitionState & odradek.internal.v1.PartitionState.$Shape;
                static create(properties?: odradek.internal.v1.PartitionState.$Properties): odradek.internal.v1.PartitionState;

                /**
                 * Encodes the specified PartitionState message. Does not implicitly {@link odradek.internal.v1.PartitionState.verify|verify} messages.
                 * @param message PartitionState message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.PartitionState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a PartitionState message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.PartitionState & odradek.internal.v1.PartitionState.$Shape} PartitionState
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.PartitionState & odradek.internal.v1.PartitionState.$Shape;
            }

            namespace PartitionState {

                /** Properties of a PartitionState. */
                interface $Properties {

                    /** PartitionState partition */
                    partition?: (number|null);

                    /** PartitionState replicas */
                    replicas?: (number[]|null);

                    /** PartitionState leader */
                    leader?: (number|null);

                    /** PartitionState leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** PartitionState partitionEpoch */
                    partitionEpoch?: (number|null);

                    /** PartitionState isr */
                    isr?: (number[]|null);

                    /** PartitionState elr */
                    elr?: (number[]|null);

                    /** PartitionState lastKnownElr */
                    lastKnownElr?: (number[]|null);

                    /** PartitionState minIsr */
                    minIsr?: (number|null);

                    /** PartitionState recovering */
                    recovering?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a PartitionState. */
                type $Shape = odradek.internal.v1.PartitionState.$Properties;
            }

            /**
             * Properties of an AlterPartitionReply.
             * @deprecated Use odradek.internal.v1.AlterPartitionReply.$Properties instead.
             */
            interface IAlterPartitionReply extends odradek.internal.v1.AlterPartitionReply.$Properties {
            }

            /** Represents an AlterPartitionReply. */
            class AlterPartitionReply {

                /**
                 * Constructs a new AlterPartitionReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.AlterPartitionReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AlterPartitionReply results. */
                results: odradek.internal.v1.AlterPartitionReply.Result.$Properties[];

                /**
                 * Creates a new AlterPartitionReply instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AlterPartitionReply instance
                 */
                static create(properties: odradek.internal.v1.AlterPartitionReply.$Shape): odradek.internal.v1.AlterPartitionReply & odradek.internal.v1.AlterPartitionReply.$Shape;
                static create(properties?: odradek.internal.v1.AlterPartitionReply.$Properties): odradek.internal.v1.AlterPartitionReply;

                /**
                 * Encodes the specified AlterPartitionReply message. Does not implicitly {@link odradek.internal.v1.AlterPartitionReply.verify|verify} messages.
                 * @param message AlterPartitionReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.AlterPartitionReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AlterPartitionReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.AlterPartitionReply & odradek.internal.v1.AlterPartitionReply.$Shape} AlterPartitionReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AlterPartitionReply & odradek.internal.v1.AlterPartitionReply.$Shape;
            }

            namespace AlterPartitionReply {

                /** Properties of an AlterPartitionReply. */
                interface $Properties {

                    /** AlterPartitionReply results */
                    results?: (odradek.internal.v1.AlterPartitionReply.Result.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AlterPartitionReply. */
                type $Shape = odradek.internal.v1.AlterPartitionReply.$Properties;

                /**
                 * Properties of a Result.
                 * @deprecated Use odradek.internal.v1.AlterPartitionReply.Result.$Properties instead.
                 */
                interface IResult extends odradek.internal.v1.AlterPartitionReply.Result.$Properties {
                }

                /** Represents a Result. */
                class Result {

                    /**
                     * Constructs a new Result.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: odradek.internal.v1.AlterPartitionReply.Result.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** Result request. */
                    request?: (odradek.internal.v1.AlterPartitionProposal.$Properties|null);

                    /** Result state. */
                    state?: (odradek.internal.v1.PartitionState.$Properties|null);

                    /** Result error. */
                    error?: (odradek.v1.Error.$Properties|null);

                    /**
                     * Creates a new Result instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns Result instance
                     */
                    static create(properties: odradek.internal.v1.AlterPartitionReply.Result.$Shape): odradek.internal.v1.AlterPartitionReply.Result & odradek.internal.v1.AlterPartitionReply.Result.$Shape;
                    static create(properties?: odradek.internal.v1.AlterPartitionReply.Result.$Properties): odradek.internal.v1.AlterPartitionReply.Result;

                    /**
                     * Encodes the specified Result message. Does not implicitly {@link odradek.internal.v1.AlterPartitionReply.Result.verify|verify} messages.
                     * @param message Result message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: odradek.internal.v1.AlterPartitionReply.Result.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a Result message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {odradek.internal.v1.AlterPartitionReply.Result & odradek.internal.v1.AlterPartitionReply.Result.$Shape} Result
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AlterPartitionReply.Result & odradek.internal.v1.AlterPartitionReply.Result.$Shape;
                }

                namespace Result {

                    /** Properties of a Result. */
                    interface $Properties {

                        /** Result request */
                        request?: (odradek.internal.v1.AlterPartitionProposal.$Properties|null);

                        /** Result state */
                        state?: (odradek.internal.v1.PartitionState.$Properties|null);

                        /** Result error */
                        error?: (odradek.v1.Error.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a Result. */
                    type $Shape = odradek.internal.v1.AlterPartitionReply.Result.$Properties;
                }
            }

            /**
             * Properties of a Handover.
             * @deprecated Use odradek.internal.v1.Handover.$Properties instead.
             */
            interface IHandover extends odradek.internal.v1.Handover.$Properties {
            }

            /** Represents a Handover. */
            class Handover {

                /**
                 * Constructs a new Handover.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Handover.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Handover topicId. */
                topicId: string;

                /** Handover partition. */
                partition: number;

                /** Handover target. */
                target: number;

                /** Handover partitionEpoch. */
                partitionEpoch: number;

                /**
                 * Creates a new Handover instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Handover instance
                 */
                static create(properties: odradek.internal.v1.Handover.$Shape): odradek.internal.v1.Handover & odradek.internal.v1.Handover.$Shape;
                static create(properties?: odradek.internal.v1.Handover.$Properties): odradek.internal.v1.Handover;

                /**
                 * Encodes the specified Handover message. Does not implicitly {@link odradek.internal.v1.Handover.verify|verify} messages.
                 * @param message Handover message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Handover.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Handover message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Handover & odradek.internal.v1.Handover.$Shape} Handover
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Handover & odradek.internal.v1.Handover.$Shape;
            }

            namespace Handover {

                /** Properties of a Handover. */
                interface $Properties {

                    /** Handover topicId */
                    topicId?: (string|null);

                    /** Handover partition */
                    partition?: (number|null);

                    /** Handover target */
                    target?: (number|null);

                    /** Handover partitionEpoch */
                    partitionEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Handover. */
                type $Shape = odradek.internal.v1.Handover.$Properties;
            }

            /**
             * Properties of a SessionResponse.
             * @deprecated Use odradek.internal.v1.SessionResponse.$Properties instead.
             */
            interface ISessionResponse extends odradek.internal.v1.SessionResponse.$Properties {
            }

            /** Represents a SessionResponse. */
            class SessionResponse {

                /**
                 * Constructs a new SessionResponse.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.SessionResponse.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SessionResponse registered. */
                registered?: (odradek.internal.v1.Registered.$Properties|null);

                /** SessionResponse refused. */
                refused?: (odradek.v1.Error.$Properties|null);

                /** SessionResponse heartbeatAnswer. */
                heartbeatAnswer?: (odradek.internal.v1.HeartbeatAnswer.$Properties|null);

                /** SessionResponse snapshot. */
                snapshot?: (odradek.internal.v1.Snapshot.$Properties|null);

                /** SessionResponse events. */
                events?: (odradek.internal.v1.Events.$Properties|null);

                /** SessionResponse alterPartitionReply. */
                alterPartitionReply?: (odradek.internal.v1.AlterPartitionReply.$Properties|null);

                /** SessionResponse handover. */
                handover?: (odradek.internal.v1.Handover.$Properties|null);

                /** SessionResponse message. */
                message?: ("registered"|"refused"|"heartbeatAnswer"|"snapshot"|"events"|"alterPartitionReply"|"handover");

                /**
                 * Creates a new SessionResponse instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SessionResponse instance
                 */
                static create(properties: odradek.internal.v1.SessionResponse.$Shape): odradek.internal.v1.SessionResponse & odradek.internal.v1.SessionResponse.$Shape;
                static create(properties?: odradek.internal.v1.SessionResponse.$Properties): odradek.internal.v1.SessionResponse;

                /**
                 * Encodes the specified SessionResponse message. Does not implicitly {@link odradek.internal.v1.SessionResponse.verify|verify} messages.
                 * @param message SessionResponse message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.SessionResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SessionResponse message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.SessionResponse & odradek.internal.v1.SessionResponse.$Shape} SessionResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.SessionResponse & odradek.internal.v1.SessionResponse.$Shape;
            }

            namespace SessionResponse {

                /** Properties of a SessionResponse. */
                interface $Properties {

                    /** SessionResponse registered */
                    registered?: (odradek.internal.v1.Registered.$Properties|null);

                    /** SessionResponse refused */
                    refused?: (odradek.v1.Error.$Properties|null);

                    /** SessionResponse heartbeatAnswer */
                    heartbeatAnswer?: (odradek.internal.v1.HeartbeatAnswer.$Properties|null);

                    /** SessionResponse snapshot */
                    snapshot?: (odradek.internal.v1.Snapshot.$Properties|null);

                    /** SessionResponse events */
                    events?: (odradek.internal.v1.Events.$Properties|null);

                    /** SessionResponse alterPartitionReply */
                    alterPartitionReply?: (odradek.internal.v1.AlterPartitionReply.$Properties|null);

                    /** SessionResponse handover */
                    handover?: (odradek.internal.v1.Handover.$Properties|null);

                    /** SessionResponse message */
                    message?: ("registered"|"refused"|"heartbeatAnswer"|"snapshot"|"events"|"alterPartitionReply"|"handover");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a SessionResponse. */
                type $Shape = {
                  registered?: odradek.internal.v1.Registered.$Shape|null;
                  refused?: odradek.v1.Error.$Shape|null;
                  heartbeatAnswer?: odradek.internal.v1.HeartbeatAnswer.$Shape|null;
                  snapshot?: odradek.internal.v1.Snapshot.$Shape|null;
                  events?: odradek.internal.v1.Events.$Shape|null;
                  alterPartitionReply?: odradek.internal.v1.AlterPartitionReply.$Shape|null;
                  handover?: odradek.internal.v1.Handover.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ message?: undefined; registered?: null; refused?: null; heartbeatAnswer?: null; snapshot?: null; events?: null; alterPartitionReply?: null; handover?: null }|{ message?: "registered"; registered: odradek.internal.v1.Registered.$Shape; refused?: null; heartbeatAnswer?: null; snapshot?: null; events?: null; alterPartitionReply?: null; handover?: null }|{ message?: "refused"; registered?: null; refused: odradek.v1.Error.$Shape; heartbeatAnswer?: null; snapshot?: null; events?: null; alterPartitionReply?: null; handover?: null }|{ message?: "heartbeatAnswer"; registered?: null; refused?: null; heartbeatAnswer: odradek.internal.v1.HeartbeatAnswer.$Shape; snapshot?: null; events?: null; alterPartitionReply?: null; handover?: null }|{ message?: "snapshot"; registered?: null; refused?: null; heartbeatAnswer?: null; snapshot: odradek.internal.v1.Snapshot.$Shape; events?: null; alterPartitionReply?: null; handover?: null }|{ message?: "events"; registered?: null; refused?: null; heartbeatAnswer?: null; snapshot?: null; events: odradek.internal.v1.Events.$Shape; alterPartitionReply?: null; handover?: null }|{ message?: "alterPartitionReply"; registered?: null; refused?: null; heartbeatAnswer?: null; snapshot?: null; events?: null; alterPartitionReply: odradek.internal.v1.AlterPartitionReply.$Shape; handover?: null }|{ message?: "handover"; registered?: null; refused?: null; heartbeatAnswer?: null; snapshot?: null; events?: null; alterPartitionReply?: null; handover: odradek.internal.v1.Handover.$Shape })
                );
            }

            /**
             * Properties of a CreateTopic.
             * @deprecated Use odradek.internal.v1.CreateTopic.$Properties instead.
             */
            interface ICreateTopic extends odradek.internal.v1.CreateTopic.$Properties {
            }

            /** Represents a CreateTopic. */
            class CreateTopic {

                /**
                 * Constructs a new CreateTopic.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.CreateTopic.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** CreateTopic name. */
                name: string;

                /** CreateTopic partitions. */
                partitions: number;

                /** CreateTopic replicationFactor. */
                replicationFactor: number;

                /** CreateTopic settings. */
                settings: { [k: string]: string };

                /** CreateTopic validateOnly. */
                validateOnly: boolean;

                /**
                 * Creates a new CreateTopic instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns CreateTopic instance
                 */
                static create(properties: odradek.internal.v1.CreateTopic.$Shape): odradek.internal.v1.CreateTopic & odradek.internal.v1.CreateTopic.$Shape;
                static create(properties?: odradek.internal.v1.CreateTopic.$Properties): odradek.internal.v1.CreateTopic;

                /**
                 * Encodes the specified CreateTopic message. Does not implicitly {@link odradek.internal.v1.CreateTopic.verify|verify} messages.
                 * @param message CreateTopic message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.CreateTopic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a CreateTopic message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.CreateTopic & odradek.internal.v1.CreateTopic.$Shape} CreateTopic
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.CreateTopic & odradek.internal.v1.CreateTopic.$Shape;
            }

            namespace CreateTopic {

                /** Properties of a CreateTopic. */
                interface $Properties {

                    /** CreateTopic name */
                    name?: (string|null);

                    /** CreateTopic partitions */
                    partitions?: (number|null);

                    /** CreateTopic replicationFactor */
                    replicationFactor?: (number|null);

                    /** CreateTopic settings */
                    settings?: ({ [k: string]: string }|null);

                    /** CreateTopic validateOnly */
                    validateOnly?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a CreateTopic. */
                type $Shape = odradek.internal.v1.CreateTopic.$Properties;
            }

            /**
             * Properties of a DeleteTopic.
             * @deprecated Use odradek.internal.v1.DeleteTopic.$Properties instead.
             */
            interface IDeleteTopic extends odradek.internal.v1.DeleteTopic.$Properties {
            }

            /** Represents a DeleteTopic. */
            class DeleteTopic {

                /**
                 * Constructs a new DeleteTopic.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.DeleteTopic.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** DeleteTopic name. */
                name: string;

                /**
                 * Creates a new DeleteTopic instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns DeleteTopic instance
                 */
                static create(properties: odradek.internal.v1.DeleteTopic.$Shape): odradek.internal.v1.DeleteTopic & odradek.internal.v1.DeleteTopic.$Shape;
                static create(properties?: odradek.internal.v1.DeleteTopic.$Properties): odradek.internal.v1.DeleteTopic;

                /**
                 * Encodes the specified DeleteTopic message. Does not implicitly {@link odradek.internal.v1.DeleteTopic.verify|verify} messages.
                 * @param message DeleteTopic message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.DeleteTopic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a DeleteTopic message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.DeleteTopic & odradek.internal.v1.DeleteTopic.$Shape} DeleteTopic
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.DeleteTopic & odradek.internal.v1.DeleteTopic.$Shape;
            }

            namespace DeleteTopic {

                /** Properties of a DeleteTopic. */
                interface $Properties {

                    /** DeleteTopic name */
                    name?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a DeleteTopic. */
                type $Shape = odradek.internal.v1.DeleteTopic.$Properties;
            }

            /**
             * Properties of an AlterTopic.
             * @deprecated Use odradek.internal.v1.AlterTopic.$Properties instead.
             */
            interface IAlterTopic extends odradek.internal.v1.AlterTopic.$Properties {
            }

            /** Represents an AlterTopic. */
            class AlterTopic {

                /**
                 * Constructs a new AlterTopic.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.AlterTopic.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AlterTopic name. */
                name: string;

                /** AlterTopic set. */
                set: { [k: string]: string };

                /** AlterTopic unset. */
                unset: string[];

                /**
                 * Creates a new AlterTopic instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AlterTopic instance
                 */
                static create(properties: odradek.internal.v1.AlterTopic.$Shape): odradek.internal.v1.AlterTopic & odradek.internal.v1.AlterTopic.$Shape;
                static create(properties?: odradek.internal.v1.AlterTopic.$Properties): odradek.internal.v1.AlterTopic;

                /**
                 * Encodes the specified AlterTopic message. Does not implicitly {@link odradek.internal.v1.AlterTopic.verify|verify} messages.
                 * @param message AlterTopic message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.AlterTopic.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AlterTopic message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.AlterTopic & odradek.internal.v1.AlterTopic.$Shape} AlterTopic
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AlterTopic & odradek.internal.v1.AlterTopic.$Shape;
            }

            namespace AlterTopic {

                /** Properties of an AlterTopic. */
                interface $Properties {

                    /** AlterTopic name */
                    name?: (string|null);

                    /** AlterTopic set */
                    set?: ({ [k: string]: string }|null);

                    /** AlterTopic unset */
                    unset?: (string[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AlterTopic. */
                type $Shape = odradek.internal.v1.AlterTopic.$Properties;
            }

            /**
             * Properties of an AddPartitions.
             * @deprecated Use odradek.internal.v1.AddPartitions.$Properties instead.
             */
            interface IAddPartitions extends odradek.internal.v1.AddPartitions.$Properties {
            }

            /** Represents an AddPartitions. */
            class AddPartitions {

                /**
                 * Constructs a new AddPartitions.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.AddPartitions.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AddPartitions name. */
                name: string;

                /** AddPartitions total. */
                total: number;

                /**
                 * Creates a new AddPartitions instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AddPartitions instance
                 */
                static create(properties: odradek.internal.v1.AddPartitions.$Shape): odradek.internal.v1.AddPartitions & odradek.internal.v1.AddPartitions.$Shape;
                static create(properties?: odradek.internal.v1.AddPartitions.$Properties): odradek.internal.v1.AddPartitions;

                /**
                 * Encodes the specified AddPartitions message. Does not implicitly {@link odradek.internal.v1.AddPartitions.verify|verify} messages.
                 * @param message AddPartitions message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.AddPartitions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AddPartitions message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.AddPartitions & odradek.internal.v1.AddPartitions.$Shape} AddPartitions
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AddPartitions & odradek.internal.v1.AddPartitions.$Shape;
            }

            namespace AddPartitions {

                /** Properties of an AddPartitions. */
                interface $Properties {

                    /** AddPartitions name */
                    name?: (string|null);

                    /** AddPartitions total */
                    total?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AddPartitions. */
                type $Shape = odradek.internal.v1.AddPartitions.$Properties;
            }

            /**
             * Properties of an ElectLeaders.
             * @deprecated Use odradek.internal.v1.ElectLeaders.$Properties instead.
             */
            interface IElectLeaders extends odradek.internal.v1.ElectLeaders.$Properties {
            }

            /** Represents an ElectLeaders. */
            class ElectLeaders {

                /**
                 * Constructs a new ElectLeaders.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ElectLeaders.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ElectLeaders name. */
                name?: (string|null);

                /** ElectLeaders partition. */
                partition?: (number|null);

                /**
                 * Creates a new ElectLeaders instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ElectLeaders instance
                 */
                static create(properties: odradek.internal.v1.ElectLeaders.$Shape): odradek.internal.v1.ElectLeaders & odradek.internal.v1.ElectLeaders.$Shape;
                static create(properties?: odradek.internal.v1.ElectLeaders.$Properties): odradek.internal.v1.ElectLeaders;

                /**
                 * Encodes the specified ElectLeaders message. Does not implicitly {@link odradek.internal.v1.ElectLeaders.verify|verify} messages.
                 * @param message ElectLeaders message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ElectLeaders.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an ElectLeaders message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ElectLeaders & odradek.internal.v1.ElectLeaders.$Shape} ElectLeaders
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ElectLeaders & odradek.internal.v1.ElectLeaders.$Shape;
            }

            namespace ElectLeaders {

                /** Properties of an ElectLeaders. */
                interface $Properties {

                    /** ElectLeaders name */
                    name?: (string|null);

                    /** ElectLeaders partition */
                    partition?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an ElectLeaders. */
                type $Shape = odradek.internal.v1.ElectLeaders.$Properties;
            }

            /**
             * Properties of an AllocateProducerIds.
             * @deprecated Use odradek.internal.v1.AllocateProducerIds.$Properties instead.
             */
            interface IAllocateProducerIds extends odradek.internal.v1.AllocateProducerIds.$Properties {
            }

            /** Represents an AllocateProducerIds. */
            class AllocateProducerIds {

                /**
                 * Constructs a new AllocateProducerIds.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.AllocateProducerIds.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Creates a new AllocateProducerIds instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AllocateProducerIds instance
                 */
                static create(properties: odradek.internal.v1.AllocateProducerIds.$Shape): odradek.internal.v1.AllocateProducerIds & odradek.internal.v1.AllocateProducerIds.$Shape;
                static create(properties?: odradek.internal.v1.AllocateProducerIds.$Properties): odradek.internal.v1.AllocateProducerIds;

                /**
                 * Encodes the specified AllocateProducerIds message. Does not implicitly {@link odradek.internal.v1.AllocateProducerIds.verify|verify} messages.
                 * @param message AllocateProducerIds message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.AllocateProducerIds.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AllocateProducerIds message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.AllocateProducerIds & odradek.internal.v1.AllocateProducerIds.$Shape} AllocateProducerIds
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AllocateProducerIds & odradek.internal.v1.AllocateProducerIds.$Shape;
            }

            namespace AllocateProducerIds {

                /** Properties of an AllocateProducerIds. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AllocateProducerIds. */
                type $Shape = odradek.internal.v1.AllocateProducerIds.$Properties;
            }

            /**
             * Properties of an AdminRequest.
             * @deprecated Use odradek.internal.v1.AdminRequest.$Properties instead.
             */
            interface IAdminRequest extends odradek.internal.v1.AdminRequest.$Properties {
            }

            /** Represents an AdminRequest. */
            class AdminRequest {

                /**
                 * Constructs a new AdminRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.AdminRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AdminRequest createTopic. */
                createTopic?: (odradek.internal.v1.CreateTopic.$Properties|null);

                /** AdminRequest deleteTopic. */
                deleteTopic?: (odradek.internal.v1.DeleteTopic.$Properties|null);

                /** AdminRequest alterTopic. */
                alterTopic?: (odradek.internal.v1.AlterTopic.$Properties|null);

                /** AdminRequest addPartitions. */
                addPartitions?: (odradek.internal.v1.AddPartitions.$Properties|null);

                /** AdminRequest electLeaders. */
                electLeaders?: (odradek.internal.v1.ElectLeaders.$Properties|null);

                /** AdminRequest allocateProducerIds. */
                allocateProducerIds?: (odradek.internal.v1.AllocateProducerIds.$Properties|null);

                /** AdminRequest request. */
                request?: ("createTopic"|"deleteTopic"|"alterTopic"|"addPartitions"|"electLeaders"|"allocateProducerIds");

                /**
                 * Creates a new AdminRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AdminRequest instance
                 */
                static create(properties: odradek.internal.v1.AdminRequest.$Shape): odradek.internal.v1.AdminRequest & odradek.internal.v1.AdminRequest.$Shape;
                static create(properties?: odradek.internal.v1.AdminRequest.$Properties): odradek.internal.v1.AdminRequest;

                /**
                 * Encodes the specified AdminRequest message. Does not implicitly {@link odradek.internal.v1.AdminRequest.verify|verify} messages.
                 * @param message AdminRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.AdminRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AdminRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.AdminRequest & odradek.internal.v1.AdminRequest.$Shape} AdminRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AdminRequest & odradek.internal.v1.AdminRequest.$Shape;
            }

            namespace AdminRequest {

                /** Properties of an AdminRequest. */
                interface $Properties {

                    /** AdminRequest createTopic */
                    createTopic?: (odradek.internal.v1.CreateTopic.$Properties|null);

                    /** AdminRequest deleteTopic */
                    deleteTopic?: (odradek.internal.v1.DeleteTopic.$Properties|null);

                    /** AdminRequest alterTopic */
                    alterTopic?: (odradek.internal.v1.AlterTopic.$Properties|null);

                    /** AdminRequest addPartitions */
                    addPartitions?: (odradek.internal.v1.AddPartitions.$Properties|null);

                    /** AdminRequest electLeaders */
                    electLeaders?: (odradek.internal.v1.ElectLeaders.$Properties|null);

                    /** AdminRequest allocateProducerIds */
                    allocateProducerIds?: (odradek.internal.v1.AllocateProducerIds.$Properties|null);

                    /** AdminRequest request */
                    request?: ("createTopic"|"deleteTopic"|"alterTopic"|"addPartitions"|"electLeaders"|"allocateProducerIds");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an AdminRequest. */
                type $Shape = {
                  createTopic?: odradek.internal.v1.CreateTopic.$Shape|null;
                  deleteTopic?: odradek.internal.v1.DeleteTopic.$Shape|null;
                  alterTopic?: odradek.internal.v1.AlterTopic.$Shape|null;
                  addPartitions?: odradek.internal.v1.AddPartitions.$Shape|null;
                  electLeaders?: odradek.internal.v1.ElectLeaders.$Shape|null;
                  allocateProducerIds?: odradek.internal.v1.AllocateProducerIds.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ request?: undefined; createTopic?: null; deleteTopic?: null; alterTopic?: null; addPartitions?: null; electLeaders?: null; allocateProducerIds?: null }|{ request?: "createTopic"; createTopic: odradek.internal.v1.CreateTopic.$Shape; deleteTopic?: null; alterTopic?: null; addPartitions?: null; electLeaders?: null; allocateProducerIds?: null }|{ request?: "deleteTopic"; createTopic?: null; deleteTopic: odradek.internal.v1.DeleteTopic.$Shape; alterTopic?: null; addPartitions?: null; electLeaders?: null; allocateProducerIds?: null }|{ request?: "alterTopic"; createTopic?: null; deleteTopic?: null; alterTopic: odradek.internal.v1.AlterTopic.$Shape; addPartitions?: null; electLeaders?: null; allocateProducerIds?: null }|{ request?: "addPartitions"; createTopic?: null; deleteTopic?: null; alterTopic?: null; addPartitions: odradek.internal.v1.AddPartitions.$Shape; electLeaders?: null; allocateProducerIds?: null }|{ request?: "electLeaders"; createTopic?: null; deleteTopic?: null; alterTopic?: null; addPartitions?: null; electLeaders: odradek.internal.v1.ElectLeaders.$Shape; allocateProducerIds?: null }|{ request?: "allocateProducerIds"; createTopic?: null; deleteTopic?: null; alterTopic?: null; addPartitions?: null; electLeaders?: null; allocateProducerIds: odradek.internal.v1.AllocateProducerIds.$Shape })
                );
            }

            /**
             * Properties of a TopicCreated.
             * @deprecated Use odradek.internal.v1.TopicCreated.$Properties instead.
             */
            interface ITopicCreated extends odradek.internal.v1.TopicCreated.$Properties {
            }

            /** Represents a TopicCreated. */
            class TopicCreated {

                /**
                 * Constructs a new TopicCreated.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.TopicCreated.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TopicCreated topicId. */
                topicId: string;

                /** TopicCreated partitions. */
                partitions: number;

                /** TopicCreated replicationFactor. */
                replicationFactor: number;

                /**
                 * Creates a new TopicCreated instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns TopicCreated instance
                 */
                static create(properties: odradek.internal.v1.TopicCreated.$Shape): odradek.internal.v1.TopicCreated & odradek.internal.v1.TopicCreated.$Shape;
                static create(properties?: odradek.internal.v1.TopicCreated.$Properties): odradek.internal.v1.TopicCreated;

                /**
                 * Encodes the specified TopicCreated message. Does not implicitly {@link odradek.internal.v1.TopicCreated.verify|verify} messages.
                 * @param message TopicCreated message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.TopicCreated.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TopicCreated message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.TopicCreated & odradek.internal.v1.TopicCreated.$Shape} TopicCreated
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.TopicCreated & odradek.internal.v1.TopicCreated.$Shape;
            }

            namespace TopicCreated {

                /** Properties of a TopicCreated. */
                interface $Properties {

                    /** TopicCreated topicId */
                    topicId?: (string|null);

                    /** TopicCreated partitions */
                    partitions?: (number|null);

                    /** TopicCreated replicationFactor */
                    replicationFactor?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TopicCreated. */
                type $Shape = odradek.internal.v1.TopicCreated.$Properties;
            }

            /**
             * Properties of a Done.
             * @deprecated Use odradek.internal.v1.Done.$Properties instead.
             */
            interface IDone extends odradek.internal.v1.Done.$Properties {
            }

            /** Represents a Done. */
            class Done {

                /**
                 * Constructs a new Done.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Done.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Creates a new Done instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Done instance
                 */
                static create(properties: odradek.internal.v1.Done.$Shape): odradek.internal.v1.Done & odradek.internal.v1.Done.$Shape;
                static create(properties?: odradek.internal.v1.Done.$Properties): odradek.internal.v1.Done;

                /**
                 * Encodes the specified Done message. Does not implicitly {@link odradek.internal.v1.Done.verify|verify} messages.
                 * @param message Done message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Done.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Done message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Done & odradek.internal.v1.Done.$Shape} Done
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Done & odradek.internal.v1.Done.$Shape;
            }

            namespace Done {

                /** Properties of a Done. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Done. */
                type $Shape = odradek.internal.v1.Done.$Properties;
            }

            /**
             * Properties of an Elections.
             * @deprecated Use odradek.internal.v1.Elections.$Properties instead.
             */
            interface IElections extends odradek.internal.v1.Elections.$Properties {
            }

            /** Represents an Elections. */
            class Elections {

                /**
                 * Constructs a new Elections.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Elections.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Elections results. */
                results: odradek.internal.v1.Elections.Result.$Properties[];

                /**
                 * Creates a new Elections instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Elections instance
                 */
                static create(properties: odradek.internal.v1.Elections.$Shape): odradek.internal.v1.Elections & odradek.internal.v1.Elections.$Shape;
                static create(properties?: odradek.internal.v1.Elections.$Properties): odradek.internal.v1.Elections;

                /**
                 * Encodes the specified Elections message. Does not implicitly {@link odradek.internal.v1.Elections.verify|verify} messages.
                 * @param message Elections message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Elections.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Elections message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Elections & odradek.internal.v1.Elections.$Shape} Elections
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Elections & odradek.internal.v1.Elections.$Shape;
            }

            namespace Elections {

                /** Properties of an Elections. */
                interface $Properties {

                    /** Elections results */
                    results?: (odradek.internal.v1.Elections.Result.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Elections. */
                type $Shape = odradek.internal.v1.Elections.$Properties;

                /**
                 * Properties of a Result.
                 * @deprecated Use odradek.internal.v1.Elections.Result.$Properties instead.
                 */
                interface IResult extends odradek.internal.v1.Elections.Result.$Properties {
                }

                /** Represents a Result. */
                class Result {

                    /**
                     * Constructs a new Result.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: odradek.internal.v1.Elections.Result.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** Result topic. */
                    topic: string;

                    /** Result partition. */
                    partition: number;

                    /** Result outcome. */
                    outcome: string;

                    /** Result error. */
                    error?: (odradek.v1.Error.$Properties|null);

                    /**
                     * Creates a new Result instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns Result instance
                     */
                    static create(properties: odradek.internal.v1.Elections.Result.$Shape): odradek.internal.v1.Elections.Result & odradek.internal.v1.Elections.Result.$Shape;
                    static create(properties?: odradek.internal.v1.Elections.Result.$Properties): odradek.internal.v1.Elections.Result;

                    /**
                     * Encodes the specified Result message. Does not implicitly {@link odradek.internal.v1.Elections.Result.verify|verify} messages.
                     * @param message Result message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: odradek.internal.v1.Elections.Result.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a Result message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {odradek.internal.v1.Elections.Result & odradek.internal.v1.Elections.Result.$Shape} Result
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Elections.Result & odradek.internal.v1.Elections.Result.$Shape;
                }

                namespace Result {

                    /** Properties of a Result. */
                    interface $Properties {

                        /** Result topic */
                        topic?: (string|null);

                        /** Result partition */
                        partition?: (number|null);

                        /** Result outcome */
                        outcome?: (string|null);

                        /** Result error */
                        error?: (odradek.v1.Error.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a Result. */
                    type $Shape = odradek.internal.v1.Elections.Result.$Properties;
                }
            }

            /**
             * Properties of a ProducerIds.
             * @deprecated Use odradek.internal.v1.ProducerIds.$Properties instead.
             */
            interface IProducerIds extends odradek.internal.v1.ProducerIds.$Properties {
            }

            /** Represents a ProducerIds. */
            class ProducerIds {

                /**
                 * Constructs a new ProducerIds.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ProducerIds.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ProducerIds first. */
                first: number;

                /** ProducerIds count. */
                count: number;

                /**
                 * Creates a new ProducerIds instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ProducerIds instance
                 */
                static create(properties: odradek.internal.v1.ProducerIds.$Shape): odradek.internal.v1.ProducerIds & odradek.internal.v1.ProducerIds.$Shape;
                static create(properties?: odradek.internal.v1.ProducerIds.$Properties): odradek.internal.v1.ProducerIds;

                /**
                 * Encodes the specified ProducerIds message. Does not implicitly {@link odradek.internal.v1.ProducerIds.verify|verify} messages.
                 * @param message ProducerIds message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ProducerIds.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ProducerIds message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ProducerIds & odradek.internal.v1.ProducerIds.$Shape} ProducerIds
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ProducerIds & odradek.internal.v1.ProducerIds.$Shape;
            }

            namespace ProducerIds {

                /** Properties of a ProducerIds. */
                interface $Properties {

                    /** ProducerIds first */
                    first?: (number|null);

                    /** ProducerIds count */
                    count?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ProducerIds. */
                type $Shape = odradek.internal.v1.ProducerIds.$Properties;
            }

            /**
             * Properties of an AdminReply.
             * @deprecated Use odradek.internal.v1.AdminReply.$Properties instead.
             */
            interface IAdminReply extends odradek.internal.v1.AdminReply.$Properties {
            }

            /** Represents an AdminReply. */
            class AdminReply {

                /**
                 * Constructs a new AdminReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.AdminReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AdminReply refused. */
                refused?: (odradek.v1.Error.$Properties|null);

                /** AdminReply topicCreated. */
                topicCreated?: (odradek.internal.v1.TopicCreated.$Properties|null);

                /** AdminReply done. */
                done?: (odradek.internal.v1.Done.$Properties|null);

                /** AdminReply elections. */
                elections?: (odradek.internal.v1.Elections.$Properties|null);

                /** AdminReply producerIds. */
                producerIds?: (odradek.internal.v1.ProducerIds.$Properties|null);

                /** AdminReply reply. */
                reply?: ("refused"|"topicCreated"|"done"|"elections"|"producerIds");

                /**
                 * Creates a new AdminReply instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AdminReply instance
                 */
                static create(properties: odradek.internal.v1.AdminReply.$Shape): odradek.internal.v1.AdminReply & odradek.internal.v1.AdminReply.$Shape;
                static create(properties?: odradek.internal.v1.AdminReply.$Properties): odradek.internal.v1.AdminReply;

                /**
                 * Encodes the specified AdminReply message. Does not implicitly {@link odradek.internal.v1.AdminReply.verify|verify} messages.
                 * @param message AdminReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.AdminReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AdminReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.AdminReply & odradek.internal.v1.AdminReply.$Shape} AdminReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.AdminReply & odradek.internal.v1.AdminReply.$Shape;
            }

            namespace AdminReply {

                /** Properties of an AdminReply. */
                interface $Properties {

                    /** AdminReply refused */
                    refused?: (odradek.v1.Error.$Properties|null);

                    /** AdminReply topicCreated */
                    topicCreated?: (odradek.internal.v1.TopicCreated.$Properties|null);

                    /** AdminReply done */
                    done?: (odradek.internal.v1.Done.$Properties|null);

                    /** AdminReply elections */
                    elections?: (odradek.internal.v1.Elections.$Properties|null);

                    /** AdminReply producerIds */
                    producerIds?: (odradek.internal.v1.ProducerIds.$Properties|null);

                    /** AdminReply reply */
                    reply?: ("refused"|"topicCreated"|"done"|"elections"|"producerIds");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an AdminReply. */
                type $Shape = {
                  refused?: odradek.v1.Error.$Shape|null;
                  topicCreated?: odradek.internal.v1.TopicCreated.$Shape|null;
                  done?: odradek.internal.v1.Done.$Shape|null;
                  elections?: odradek.internal.v1.Elections.$Shape|null;
                  producerIds?: odradek.internal.v1.ProducerIds.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ reply?: undefined; refused?: null; topicCreated?: null; done?: null; elections?: null; producerIds?: null }|{ reply?: "refused"; refused: odradek.v1.Error.$Shape; topicCreated?: null; done?: null; elections?: null; producerIds?: null }|{ reply?: "topicCreated"; refused?: null; topicCreated: odradek.internal.v1.TopicCreated.$Shape; done?: null; elections?: null; producerIds?: null }|{ reply?: "done"; refused?: null; topicCreated?: null; done: odradek.internal.v1.Done.$Shape; elections?: null; producerIds?: null }|{ reply?: "elections"; refused?: null; topicCreated?: null; done?: null; elections: odradek.internal.v1.Elections.$Shape; producerIds?: null }|{ reply?: "producerIds"; refused?: null; topicCreated?: null; done?: null; elections?: null; producerIds: odradek.internal.v1.ProducerIds.$Shape })
                );
            }

            /**
             * Properties of a ReplicaOpen.
             * @deprecated Use odradek.internal.v1.ReplicaOpen.$Properties instead.
             */
            interface IReplicaOpen extends odradek.internal.v1.ReplicaOpen.$Properties {
            }

            /** Represents a ReplicaOpen. */
            class ReplicaOpen {

                /**
                 * Constructs a new ReplicaOpen.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaOpen.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaOpen brokerId. */
                brokerId: number;

                /** ReplicaOpen brokerEpoch. */
                brokerEpoch: number;

                /** ReplicaOpen clusterId. */
                clusterId: string;

                /** ReplicaOpen leaderId. */
                leaderId: number;

                /**
                 * Creates a new ReplicaOpen instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaOpen instance
                 */
                static create(properties: odradek.internal.v1.ReplicaOpen.$Shape): odradek.internal.v1.ReplicaOpen & odradek.internal.v1.ReplicaOpen.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaOpen.$Properties): odradek.internal.v1.ReplicaOpen;

                /**
                 * Encodes the specified ReplicaOpen message. Does not implicitly {@link odradek.internal.v1.ReplicaOpen.verify|verify} messages.
                 * @param message ReplicaOpen message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaOpen.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaOpen message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaOpen & odradek.internal.v1.ReplicaOpen.$Shape} ReplicaOpen
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaOpen & odradek.internal.v1.ReplicaOpen.$Shape;
            }

            namespace ReplicaOpen {

                /** Properties of a ReplicaOpen. */
                interface $Properties {

                    /** ReplicaOpen brokerId */
                    brokerId?: (number|null);

                    /** ReplicaOpen brokerEpoch */
                    brokerEpoch?: (number|null);

                    /** ReplicaOpen clusterId */
                    clusterId?: (string|null);

                    /** ReplicaOpen leaderId */
                    leaderId?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReplicaOpen. */
                type $Shape = odradek.internal.v1.ReplicaOpen.$Properties;
            }

            /**
             * Properties of a Position.
             * @deprecated Use odradek.internal.v1.Position.$Properties instead.
             */
            interface IPosition extends odradek.internal.v1.Position.$Properties {
            }

            /** Represents a Position. */
            class Position {

                /**
                 * Constructs a new Position.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Position.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Position topicId. */
                topicId: string;

                /** Position partition. */
                partition: number;

                /** Position generation. */
                generation: number;

                /** Position leaderEpoch. */
                leaderEpoch: number;

                /** Position fetchOffset. */
                fetchOffset: number;

                /** Position lastFetchedEpoch. */
                lastFetchedEpoch?: (number|null);

                /** Position logStartOffset. */
                logStartOffset: number;

                /**
                 * Creates a new Position instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Position instance
                 */
                static create(properties: odradek.internal.v1.Position.$Shape): odradek.internal.v1.Position & odradek.internal.v1.Position.$Shape;
                static create(properties?: odradek.internal.v1.Position.$Properties): odradek.internal.v1.Position;

                /**
                 * Encodes the specified Position message. Does not implicitly {@link odradek.internal.v1.Position.verify|verify} messages.
                 * @param message Position message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Position.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Position message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Position & odradek.internal.v1.Position.$Shape} Position
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Position & odradek.internal.v1.Position.$Shape;
            }

            namespace Position {

                /** Properties of a Position. */
                interface $Properties {

                    /** Position topicId */
                    topicId?: (string|null);

                    /** Position partition */
                    partition?: (number|null);

                    /** Position generation */
                    generation?: (number|null);

                    /** Position leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** Position fetchOffset */
                    fetchOffset?: (number|null);

                    /** Position lastFetchedEpoch */
                    lastFetchedEpoch?: (number|null);

                    /** Position logStartOffset */
                    logStartOffset?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Position. */
                type $Shape = odradek.internal.v1.Position.$Properties;
            }

            /**
             * Properties of a PartitionReference.
             * @deprecated Use odradek.internal.v1.PartitionReference.$Properties instead.
             */
            interface IPartitionReference extends odradek.internal.v1.PartitionReference.$Properties {
            }

            /** Represents a PartitionReference. */
            class PartitionReference {

                /**
                 * Constructs a new PartitionReference.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.PartitionReference.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** PartitionReference topicId. */
                topicId: string;

                /** PartitionReference partition. */
                partition: number;

                /**
                 * Creates a new PartitionReference instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns PartitionReference instance
                 */
                static create(properties: odradek.internal.v1.PartitionReference.$Shape): odradek.internal.v1.PartitionReference & odradek.internal.v1.PartitionReference.$Shape;
                static create(properties?: odradek.internal.v1.PartitionReference.$Properties): odradek.internal.v1.PartitionReference;

                /**
                 * Encodes the specified PartitionReference message. Does not implicitly {@link odradek.internal.v1.PartitionReference.verify|verify} messages.
                 * @param message PartitionReference message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.PartitionReference.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a PartitionReference message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.PartitionReference & odradek.internal.v1.PartitionReference.$Shape} PartitionReference
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.PartitionReference & odradek.internal.v1.PartitionReference.$Shape;
            }

            namespace PartitionReference {

                /** Properties of a PartitionReference. */
                interface $Properties {

                    /** PartitionReference topicId */
                    topicId?: (string|null);

                    /** PartitionReference partition */
                    partition?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a PartitionReference. */
                type $Shape = odradek.internal.v1.PartitionReference.$Properties;
            }

            /**
             * Properties of a ReplicaRequest.
             * @deprecated Use odradek.internal.v1.ReplicaRequest.$Properties instead.
             */
            interface IReplicaRequest extends odradek.internal.v1.ReplicaRequest.$Properties {
            }

            /** Represents a ReplicaRequest. */
            class ReplicaRequest {

                /**
                 * Constructs a new ReplicaRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaRequest open. */
                open?: (odradek.internal.v1.ReplicaOpen.$Properties|null);

                /** ReplicaRequest echo. */
                echo?: (number|null);

                /** ReplicaRequest closed. */
                closed: odradek.internal.v1.PartitionReference.$Properties[];

                /** ReplicaRequest positions. */
                positions: odradek.internal.v1.Position.$Properties[];

                /**
                 * Creates a new ReplicaRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaRequest instance
                 */
                static create(properties: odradek.internal.v1.ReplicaRequest.$Shape): odradek.internal.v1.ReplicaRequest & odradek.internal.v1.ReplicaRequest.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaRequest.$Properties): odradek.internal.v1.ReplicaRequest;

                /**
                 * Encodes the specified ReplicaRequest message. Does not implicitly {@link odradek.internal.v1.ReplicaRequest.verify|verify} messages.
                 * @param message ReplicaRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaRequest & odradek.internal.v1.ReplicaRequest.$Shape} ReplicaRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaRequest & odradek.internal.v1.ReplicaRequest.$Shape;
            }

            namespace ReplicaRequest {

                /** Properties of a ReplicaRequest. */
                interface $Properties {

                    /** ReplicaRequest open */
                    open?: (odradek.internal.v1.ReplicaOpen.$Properties|null);

                    /** ReplicaRequest echo */
                    echo?: (number|null);

                    /** ReplicaRequest closed */
                    closed?: (odradek.internal.v1.PartitionReference.$Properties[]|null);

                    /** ReplicaRequest positions */
                    positions?: (odradek.internal.v1.Position.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReplicaRequest. */
                type $Shape = odradek.internal.v1.ReplicaRequest.$Properties;
            }

            /**
             * Properties of a ReplicaFrame.
             * @deprecated Use odradek.internal.v1.ReplicaFrame.$Properties instead.
             */
            interface IReplicaFrame extends odradek.internal.v1.ReplicaFrame.$Properties {
            }

            /** Represents a ReplicaFrame. */
            class ReplicaFrame {

                /**
                 * Constructs a new ReplicaFrame.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaFrame.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaFrame topicId. */
                topicId: string;

                /** ReplicaFrame partition. */
                partition: number;

                /** ReplicaFrame generation. */
                generation: number;

                /** ReplicaFrame leaderEpoch. */
                leaderEpoch: number;

                /** ReplicaFrame records. */
                records?: (odradek.internal.v1.ReplicaRecords.$Properties|null);

                /** ReplicaFrame divergence. */
                divergence?: (odradek.internal.v1.ReplicaDivergence.$Properties|null);

                /** ReplicaFrame refusal. */
                refusal?: (odradek.internal.v1.ReplicaRefusal.$Properties|null);

                /** ReplicaFrame content. */
                content?: ("records"|"divergence"|"refusal");

                /**
                 * Creates a new ReplicaFrame instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaFrame instance
                 */
                static create(properties: odradek.internal.v1.ReplicaFrame.$Shape): odradek.internal.v1.ReplicaFrame & odradek.internal.v1.ReplicaFrame.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaFrame.$Properties): odradek.internal.v1.ReplicaFrame;

                /**
                 * Encodes the specified ReplicaFrame message. Does not implicitly {@link odradek.internal.v1.ReplicaFrame.verify|verify} messages.
                 * @param message ReplicaFrame message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaFrame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaFrame message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaFrame & odradek.internal.v1.ReplicaFrame.$Shape} ReplicaFrame
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaFrame & odradek.internal.v1.ReplicaFrame.$Shape;
            }

            namespace ReplicaFrame {

                /** Properties of a ReplicaFrame. */
                interface $Properties {

                    /** ReplicaFrame topicId */
                    topicId?: (string|null);

                    /** ReplicaFrame partition */
                    partition?: (number|null);

                    /** ReplicaFrame generation */
                    generation?: (number|null);

                    /** ReplicaFrame leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** ReplicaFrame records */
                    records?: (odradek.internal.v1.ReplicaRecords.$Properties|null);

                    /** ReplicaFrame divergence */
                    divergence?: (odradek.internal.v1.ReplicaDivergence.$Properties|null);

                    /** ReplicaFrame refusal */
                    refusal?: (odradek.internal.v1.ReplicaRefusal.$Properties|null);

                    /** ReplicaFrame content */
                    content?: ("records"|"divergence"|"refusal");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a ReplicaFrame. */
                type $Shape = {
                  topicId?: string|null;
                  partition?: number|null;
                  generation?: number|null;
                  leaderEpoch?: number|null;
                  records?: odradek.internal.v1.ReplicaRecords.$Shape|null;
                  divergence?: odradek.internal.v1.ReplicaDivergence.$Shape|null;
                  refusal?: odradek.internal.v1.ReplicaRefusal.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ content?: undefined; records?: null; divergence?: null; refusal?: null }|{ content?: "records"; records: odradek.internal.v1.ReplicaRecords.$Shape; divergence?: null; refusal?: null }|{ content?: "divergence"; records?: null; divergence: odradek.internal.v1.ReplicaDivergence.$Shape; refusal?: null }|{ content?: "refusal"; records?: null; divergence?: null; refusal: odradek.internal.v1.ReplicaRefusal.$Shape })
                );
            }

            /**
             * Properties of a ReplicaRecords.
             * @deprecated Use odradek.internal.v1.ReplicaRecords.$Properties instead.
             */
            interface IReplicaRecords extends odradek.internal.v1.ReplicaRecords.$Properties {
            }

            /** Represents a ReplicaRecords. */
            class ReplicaRecords {

                /**
                 * Constructs a new ReplicaRecords.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaRecords.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaRecords startOffset. */
                startOffset: number;

                /** ReplicaRecords highWatermark. */
                highWatermark: number;

                /** ReplicaRecords logStartOffset. */
                logStartOffset: number;

                /** ReplicaRecords batches. */
                batches: Uint8Array;

                /** ReplicaRecords replicatedTo. */
                replicatedTo: number;

                /**
                 * Creates a new ReplicaRecords instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaRecords instance
                 */
                static create(properties: odradek.internal.v1.ReplicaRecords.$Shape): odradek.internal.v1.ReplicaRecords & odradek.internal.v1.ReplicaRecords.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaRecords.$Properties): odradek.internal.v1.ReplicaRecords;

                /**
                 * Encodes the specified ReplicaRecords message. Does not implicitly {@link odradek.internal.v1.ReplicaRecords.verify|verify} messages.
                 * @param message ReplicaRecords message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaRecords.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaRecords message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaRecords & odradek.internal.v1.ReplicaRecords.$Shape} ReplicaRecords
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaRecords & odradek.internal.v1.ReplicaRecords.$Shape;
            }

            namespace ReplicaRecords {

                /** Properties of a ReplicaRecords. */
                interface $Properties {

                    /** ReplicaRecords startOffset */
                    startOffset?: (number|null);

                    /** ReplicaRecords highWatermark */
                    highWatermark?: (number|null);

                    /** ReplicaRecords logStartOffset */
                    logStartOffset?: (number|null);

                    /** ReplicaRecords batches */
                    batches?: (Uint8Array|null);

                    /** ReplicaRecords replicatedTo */
                    replicatedTo?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReplicaRecords. */
                type $Shape = odradek.internal.v1.ReplicaRecords.$Properties;
            }

            /**
             * Properties of a ReplicaDivergence.
             * @deprecated Use odradek.internal.v1.ReplicaDivergence.$Properties instead.
             */
            interface IReplicaDivergence extends odradek.internal.v1.ReplicaDivergence.$Properties {
            }

            /** Represents a ReplicaDivergence. */
            class ReplicaDivergence {

                /**
                 * Constructs a new ReplicaDivergence.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaDivergence.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaDivergence epoch. */
                epoch: number;

                /** ReplicaDivergence endOffset. */
                endOffset: number;

                /**
                 * Creates a new ReplicaDivergence instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaDivergence instance
                 */
                static create(properties: odradek.internal.v1.ReplicaDivergence.$Shape): odradek.internal.v1.ReplicaDivergence & odradek.internal.v1.ReplicaDivergence.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaDivergence.$Properties): odradek.internal.v1.ReplicaDivergence;

                /**
                 * Encodes the specified ReplicaDivergence message. Does not implicitly {@link odradek.internal.v1.ReplicaDivergence.verify|verify} messages.
                 * @param message ReplicaDivergence message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaDivergence.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaDivergence message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaDivergence & odradek.internal.v1.ReplicaDivergence.$Shape} ReplicaDivergence
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaDivergence & odradek.internal.v1.ReplicaDivergence.$Shape;
            }

            namespace ReplicaDivergence {

                /** Properties of a ReplicaDivergence. */
                interface $Properties {

                    /** ReplicaDivergence epoch */
                    epoch?: (number|null);

                    /** ReplicaDivergence endOffset */
                    endOffset?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReplicaDivergence. */
                type $Shape = odradek.internal.v1.ReplicaDivergence.$Properties;
            }

            /**
             * Properties of a ReplicaRefusal.
             * @deprecated Use odradek.internal.v1.ReplicaRefusal.$Properties instead.
             */
            interface IReplicaRefusal extends odradek.internal.v1.ReplicaRefusal.$Properties {
            }

            /** Represents a ReplicaRefusal. */
            class ReplicaRefusal {

                /**
                 * Constructs a new ReplicaRefusal.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaRefusal.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaRefusal error. */
                error?: (odradek.v1.Error.$Properties|null);

                /** ReplicaRefusal logStartOffset. */
                logStartOffset: number;

                /** ReplicaRefusal logEndOffset. */
                logEndOffset: number;

                /**
                 * Creates a new ReplicaRefusal instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaRefusal instance
                 */
                static create(properties: odradek.internal.v1.ReplicaRefusal.$Shape): odradek.internal.v1.ReplicaRefusal & odradek.internal.v1.ReplicaRefusal.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaRefusal.$Properties): odradek.internal.v1.ReplicaRefusal;

                /**
                 * Encodes the specified ReplicaRefusal message. Does not implicitly {@link odradek.internal.v1.ReplicaRefusal.verify|verify} messages.
                 * @param message ReplicaRefusal message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaRefusal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaRefusal message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaRefusal & odradek.internal.v1.ReplicaRefusal.$Shape} ReplicaRefusal
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaRefusal & odradek.internal.v1.ReplicaRefusal.$Shape;
            }

            namespace ReplicaRefusal {

                /** Properties of a ReplicaRefusal. */
                interface $Properties {

                    /** ReplicaRefusal error */
                    error?: (odradek.v1.Error.$Properties|null);

                    /** ReplicaRefusal logStartOffset */
                    logStartOffset?: (number|null);

                    /** ReplicaRefusal logEndOffset */
                    logEndOffset?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReplicaRefusal. */
                type $Shape = odradek.internal.v1.ReplicaRefusal.$Properties;
            }

            /**
             * Properties of a ReplicaResponse.
             * @deprecated Use odradek.internal.v1.ReplicaResponse.$Properties instead.
             */
            interface IReplicaResponse extends odradek.internal.v1.ReplicaResponse.$Properties {
            }

            /** Represents a ReplicaResponse. */
            class ReplicaResponse {

                /**
                 * Constructs a new ReplicaResponse.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.ReplicaResponse.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReplicaResponse sentAt. */
                sentAt: number;

                /** ReplicaResponse frames. */
                frames: odradek.internal.v1.ReplicaFrame.$Properties[];

                /**
                 * Creates a new ReplicaResponse instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ReplicaResponse instance
                 */
                static create(properties: odradek.internal.v1.ReplicaResponse.$Shape): odradek.internal.v1.ReplicaResponse & odradek.internal.v1.ReplicaResponse.$Shape;
                static create(properties?: odradek.internal.v1.ReplicaResponse.$Properties): odradek.internal.v1.ReplicaResponse;

                /**
                 * Encodes the specified ReplicaResponse message. Does not implicitly {@link odradek.internal.v1.ReplicaResponse.verify|verify} messages.
                 * @param message ReplicaResponse message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.ReplicaResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReplicaResponse message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.ReplicaResponse & odradek.internal.v1.ReplicaResponse.$Shape} ReplicaResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.ReplicaResponse & odradek.internal.v1.ReplicaResponse.$Shape;
            }

            namespace ReplicaResponse {

                /** Properties of a ReplicaResponse. */
                interface $Properties {

                    /** ReplicaResponse sentAt */
                    sentAt?: (number|null);

                    /** ReplicaResponse frames */
                    frames?: (odradek.internal.v1.ReplicaFrame.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReplicaResponse. */
                type $Shape = {
                  sentAt?: number|null;
                  frames?: odradek.internal.v1.ReplicaFrame.$Shape[]|null;
                  $unknowns?: Uint8Array[];
                };
            }

            /**
             * Properties of a MarkerPartition.
             * @deprecated Use odradek.internal.v1.MarkerPartition.$Properties instead.
             */
            interface IMarkerPartition extends odradek.internal.v1.MarkerPartition.$Properties {
            }

            /** Represents a MarkerPartition. */
            class MarkerPartition {

                /**
                 * Constructs a new MarkerPartition.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.MarkerPartition.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** MarkerPartition topic. */
                topic: string;

                /** MarkerPartition topicId. */
                topicId: string;

                /** MarkerPartition partition. */
                partition: number;

                /**
                 * Creates a new MarkerPartition instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns MarkerPartition instance
                 */
                static create(properties: odradek.internal.v1.MarkerPartition.$Shape): odradek.internal.v1.MarkerPartition & odradek.internal.v1.MarkerPartition.$Shape;
                static create(properties?: odradek.internal.v1.MarkerPartition.$Properties): odradek.internal.v1.MarkerPartition;

                /**
                 * Encodes the specified MarkerPartition message. Does not implicitly {@link odradek.internal.v1.MarkerPartition.verify|verify} messages.
                 * @param message MarkerPartition message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.MarkerPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a MarkerPartition message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.MarkerPartition & odradek.internal.v1.MarkerPartition.$Shape} MarkerPartition
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.MarkerPartition & odradek.internal.v1.MarkerPartition.$Shape;
            }

            namespace MarkerPartition {

                /** Properties of a MarkerPartition. */
                interface $Properties {

                    /** MarkerPartition topic */
                    topic?: (string|null);

                    /** MarkerPartition topicId */
                    topicId?: (string|null);

                    /** MarkerPartition partition */
                    partition?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a MarkerPartition. */
                type $Shape = odradek.internal.v1.MarkerPartition.$Properties;
            }

            /**
             * Properties of a Marker.
             * @deprecated Use odradek.internal.v1.Marker.$Properties instead.
             */
            interface IMarker extends odradek.internal.v1.Marker.$Properties {
            }

            /** Represents a Marker. */
            class Marker {

                /**
                 * Constructs a new Marker.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.Marker.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Marker producerId. */
                producerId: number;

                /** Marker producerEpoch. */
                producerEpoch: number;

                /** Marker commit. */
                commit: boolean;

                /** Marker coordinatorEpoch. */
                coordinatorEpoch: number;

                /** Marker partitions. */
                partitions: odradek.internal.v1.MarkerPartition.$Properties[];

                /**
                 * Creates a new Marker instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Marker instance
                 */
                static create(properties: odradek.internal.v1.Marker.$Shape): odradek.internal.v1.Marker & odradek.internal.v1.Marker.$Shape;
                static create(properties?: odradek.internal.v1.Marker.$Properties): odradek.internal.v1.Marker;

                /**
                 * Encodes the specified Marker message. Does not implicitly {@link odradek.internal.v1.Marker.verify|verify} messages.
                 * @param message Marker message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.Marker.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Marker message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.Marker & odradek.internal.v1.Marker.$Shape} Marker
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.Marker & odradek.internal.v1.Marker.$Shape;
            }

            namespace Marker {

                /** Properties of a Marker. */
                interface $Properties {

                    /** Marker producerId */
                    producerId?: (number|null);

                    /** Marker producerEpoch */
                    producerEpoch?: (number|null);

                    /** Marker commit */
                    commit?: (boolean|null);

                    /** Marker coordinatorEpoch */
                    coordinatorEpoch?: (number|null);

                    /** Marker partitions */
                    partitions?: (odradek.internal.v1.MarkerPartition.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Marker. */
                type $Shape = odradek.internal.v1.Marker.$Properties;
            }

            /**
             * Properties of a WriteMarkersRequest.
             * @deprecated Use odradek.internal.v1.WriteMarkersRequest.$Properties instead.
             */
            interface IWriteMarkersRequest extends odradek.internal.v1.WriteMarkersRequest.$Properties {
            }

            /** Represents a WriteMarkersRequest. */
            class WriteMarkersRequest {

                /**
                 * Constructs a new WriteMarkersRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.WriteMarkersRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** WriteMarkersRequest markers. */
                markers: odradek.internal.v1.Marker.$Properties[];

                /**
                 * Creates a new WriteMarkersRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns WriteMarkersRequest instance
                 */
                static create(properties: odradek.internal.v1.WriteMarkersRequest.$Shape): odradek.internal.v1.WriteMarkersRequest & odradek.internal.v1.WriteMarkersRequest.$Shape;
                static create(properties?: odradek.internal.v1.WriteMarkersRequest.$Properties): odradek.internal.v1.WriteMarkersRequest;

                /**
                 * Encodes the specified WriteMarkersRequest message. Does not implicitly {@link odradek.internal.v1.WriteMarkersRequest.verify|verify} messages.
                 * @param message WriteMarkersRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.WriteMarkersRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a WriteMarkersRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.WriteMarkersRequest & odradek.internal.v1.WriteMarkersRequest.$Shape} WriteMarkersRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.WriteMarkersRequest & odradek.internal.v1.WriteMarkersRequest.$Shape;
            }

            namespace WriteMarkersRequest {

                /** Properties of a WriteMarkersRequest. */
                interface $Properties {

                    /** WriteMarkersRequest markers */
                    markers?: (odradek.internal.v1.Marker.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a WriteMarkersRequest. */
                type $Shape = odradek.internal.v1.WriteMarkersRequest.$Properties;
            }

            /**
             * Properties of a WriteMarkersResponse.
             * @deprecated Use odradek.internal.v1.WriteMarkersResponse.$Properties instead.
             */
            interface IWriteMarkersResponse extends odradek.internal.v1.WriteMarkersResponse.$Properties {
            }

            /** Represents a WriteMarkersResponse. */
            class WriteMarkersResponse {

                /**
                 * Constructs a new WriteMarkersResponse.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.WriteMarkersResponse.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** WriteMarkersResponse results. */
                results: odradek.internal.v1.WriteMarkersResponse.Result.$Properties[];

                /**
                 * Creates a new WriteMarkersResponse instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns WriteMarkersResponse instance
                 */
                static create(properties: odradek.internal.v1.WriteMarkersResponse.$Shape): odradek.internal.v1.WriteMarkersResponse & odradek.internal.v1.WriteMarkersResponse.$Shape;
                static create(properties?: odradek.internal.v1.WriteMarkersResponse.$Properties): odradek.internal.v1.WriteMarkersResponse;

                /**
                 * Encodes the specified WriteMarkersResponse message. Does not implicitly {@link odradek.internal.v1.WriteMarkersResponse.verify|verify} messages.
                 * @param message WriteMarkersResponse message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.WriteMarkersResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a WriteMarkersResponse message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.WriteMarkersResponse & odradek.internal.v1.WriteMarkersResponse.$Shape} WriteMarkersResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.WriteMarkersResponse & odradek.internal.v1.WriteMarkersResponse.$Shape;
            }

            namespace WriteMarkersResponse {

                /** Properties of a WriteMarkersResponse. */
                interface $Properties {

                    /** WriteMarkersResponse results */
                    results?: (odradek.internal.v1.WriteMarkersResponse.Result.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a WriteMarkersResponse. */
                type $Shape = odradek.internal.v1.WriteMarkersResponse.$Properties;

                /**
                 * Properties of a Result.
                 * @deprecated Use odradek.internal.v1.WriteMarkersResponse.Result.$Properties instead.
                 */
                interface IResult extends odradek.internal.v1.WriteMarkersResponse.Result.$Properties {
                }

                /** Represents a Result. */
                class Result {

                    /**
                     * Constructs a new Result.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: odradek.internal.v1.WriteMarkersResponse.Result.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** Result producerId. */
                    producerId: number;

                    /** Result topic. */
                    topic: string;

                    /** Result partition. */
                    partition: number;

                    /** Result error. */
                    error?: (odradek.v1.Error.$Properties|null);

                    /**
                     * Creates a new Result instance using the specified properties.
                     * @param [properties] Properties to set
                     * @returns Result instance
                     */
                    static create(properties: odradek.internal.v1.WriteMarkersResponse.Result.$Shape): odradek.internal.v1.WriteMarkersResponse.Result & odradek.internal.v1.WriteMarkersResponse.Result.$Shape;
                    static create(properties?: odradek.internal.v1.WriteMarkersResponse.Result.$Properties): odradek.internal.v1.WriteMarkersResponse.Result;

                    /**
                     * Encodes the specified Result message. Does not implicitly {@link odradek.internal.v1.WriteMarkersResponse.Result.verify|verify} messages.
                     * @param message Result message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: odradek.internal.v1.WriteMarkersResponse.Result.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a Result message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {odradek.internal.v1.WriteMarkersResponse.Result & odradek.internal.v1.WriteMarkersResponse.Result.$Shape} Result
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.WriteMarkersResponse.Result & odradek.internal.v1.WriteMarkersResponse.Result.$Shape;
                }

                namespace Result {

                    /** Properties of a Result. */
                    interface $Properties {

                        /** Result producerId */
                        producerId?: (number|null);

                        /** Result topic */
                        topic?: (string|null);

                        /** Result partition */
                        partition?: (number|null);

                        /** Result error */
                        error?: (odradek.v1.Error.$Properties|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a Result. */
                    type $Shape = odradek.internal.v1.WriteMarkersResponse.Result.$Properties;
                }
            }

            /**
             * Properties of a VerifyPartitionRequest.
             * @deprecated Use odradek.internal.v1.VerifyPartitionRequest.$Properties instead.
             */
            interface IVerifyPartitionRequest extends odradek.internal.v1.VerifyPartitionRequest.$Properties {
            }

            /** Represents a VerifyPartitionRequest. */
            class VerifyPartitionRequest {

                /**
                 * Constructs a new VerifyPartitionRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.VerifyPartitionRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** VerifyPartitionRequest transactionalId. */
                transactionalId: string;

                /** VerifyPartitionRequest producerId. */
                producerId: number;

                /** VerifyPartitionRequest producerEpoch. */
                producerEpoch: number;

                /** VerifyPartitionRequest topic. */
                topic: string;

                /** VerifyPartitionRequest partition. */
                partition: number;

                /** VerifyPartitionRequest topicId. */
                topicId: string;

                /**
                 * Creates a new VerifyPartitionRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns VerifyPartitionRequest instance
                 */
                static create(properties: odradek.internal.v1.VerifyPartitionRequest.$Shape): odradek.internal.v1.VerifyPartitionRequest & odradek.internal.v1.VerifyPartitionRequest.$Shape;
                static create(properties?: odradek.internal.v1.VerifyPartitionRequest.$Properties): odradek.internal.v1.VerifyPartitionRequest;

                /**
                 * Encodes the specified VerifyPartitionRequest message. Does not implicitly {@link odradek.internal.v1.VerifyPartitionRequest.verify|verify} messages.
                 * @param message VerifyPartitionRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.VerifyPartitionRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a VerifyPartitionRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.VerifyPartitionRequest & odradek.internal.v1.VerifyPartitionRequest.$Shape} VerifyPartitionRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.VerifyPartitionRequest & odradek.internal.v1.VerifyPartitionRequest.$Shape;
            }

            namespace VerifyPartitionRequest {

                /** Properties of a VerifyPartitionRequest. */
                interface $Properties {

                    /** VerifyPartitionRequest transactionalId */
                    transactionalId?: (string|null);

                    /** VerifyPartitionRequest producerId */
                    producerId?: (number|null);

                    /** VerifyPartitionRequest producerEpoch */
                    producerEpoch?: (number|null);

                    /** VerifyPartitionRequest topic */
                    topic?: (string|null);

                    /** VerifyPartitionRequest partition */
                    partition?: (number|null);

                    /** VerifyPartitionRequest topicId */
                    topicId?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a VerifyPartitionRequest. */
                type $Shape = odradek.internal.v1.VerifyPartitionRequest.$Properties;
            }

            /**
             * Properties of a VerifyPartitionResponse.
             * @deprecated Use odradek.internal.v1.VerifyPartitionResponse.$Properties instead.
             */
            interface IVerifyPartitionResponse extends odradek.internal.v1.VerifyPartitionResponse.$Properties {
            }

            /** Represents a VerifyPartitionResponse. */
            class VerifyPartitionResponse {

                /**
                 * Constructs a new VerifyPartitionResponse.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.internal.v1.VerifyPartitionResponse.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** VerifyPartitionResponse error. */
                error?: (odradek.v1.Error.$Properties|null);

                /**
                 * Creates a new VerifyPartitionResponse instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns VerifyPartitionResponse instance
                 */
                static create(properties: odradek.internal.v1.VerifyPartitionResponse.$Shape): odradek.internal.v1.VerifyPartitionResponse & odradek.internal.v1.VerifyPartitionResponse.$Shape;
                static create(properties?: odradek.internal.v1.VerifyPartitionResponse.$Properties): odradek.internal.v1.VerifyPartitionResponse;

                /**
                 * Encodes the specified VerifyPartitionResponse message. Does not implicitly {@link odradek.internal.v1.VerifyPartitionResponse.verify|verify} messages.
                 * @param message VerifyPartitionResponse message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.internal.v1.VerifyPartitionResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a VerifyPartitionResponse message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.internal.v1.VerifyPartitionResponse & odradek.internal.v1.VerifyPartitionResponse.$Shape} VerifyPartitionResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.internal.v1.VerifyPartitionResponse & odradek.internal.v1.VerifyPartitionResponse.$Shape;
            }

            namespace VerifyPartitionResponse {

                /** Properties of a VerifyPartitionResponse. */
                interface $Properties {

                    /** VerifyPartitionResponse error */
                    error?: (odradek.v1.Error.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a VerifyPartitionResponse. */
                type $Shape = odradek.internal.v1.VerifyPartitionResponse.$Properties;
            }
        }
    }

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of an Error.
         * @deprecated Use odradek.v1.Error.$Properties instead.
         */
        interface IError extends odradek.v1.Error.$Properties {
        }

        /** Represents an Error. */
        class Error {

            /**
             * Constructs a new Error.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.Error.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Error code. */
            code: string;

            /** Error number. */
            number: number;

            /** Error retriable. */
            retriable: boolean;

            /** Error message. */
            message: string;

            /** Error leader. */
            leader?: (odradek.v1.LeaderHint.$Properties|null);

            /**
             * Creates a new Error instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Error instance
             */
            static create(properties: odradek.v1.Error.$Shape): odradek.v1.Error & odradek.v1.Error.$Shape;
            static create(properties?: odradek.v1.Error.$Properties): odradek.v1.Error;

            /**
             * Encodes the specified Error message. Does not implicitly {@link odradek.v1.Error.verify|verify} messages.
             * @param message Error message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.Error.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Error message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.Error & odradek.v1.Error.$Shape} Error
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.Error & odradek.v1.Error.$Shape;
        }

        namespace Error {

            /** Properties of an Error. */
            interface $Properties {

                /** Error code */
                code?: (string|null);

                /** Error number */
                number?: (number|null);

                /** Error retriable */
                retriable?: (boolean|null);

                /** Error message */
                message?: (string|null);

                /** Error leader */
                leader?: (odradek.v1.LeaderHint.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Error. */
            type $Shape = odradek.v1.Error.$Properties;
        }

        /**
         * Properties of a LeaderHint.
         * @deprecated Use odradek.v1.LeaderHint.$Properties instead.
         */
        interface ILeaderHint extends odradek.v1.LeaderHint.$Properties {
        }

        /** Represents a LeaderHint. */
        class LeaderHint {

            /**
             * Constructs a new LeaderHint.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.LeaderHint.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LeaderHint brokerId. */
            brokerId: number;

            /** LeaderHint leaderEpoch. */
            leaderEpoch: number;

            /** LeaderHint host. */
            host: string;

            /** LeaderHint port. */
            port: number;

            /**
             * Creates a new LeaderHint instance using the specified properties.
             * @param [properties] Properties to set
             * @returns LeaderHint instance
             */
            static create(properties: odradek.v1.LeaderHint.$Shape): odradek.v1.LeaderHint & odradek.v1.LeaderHint.$Shape;
            static create(properties?: odradek.v1.LeaderHint.$Properties): odradek.v1.LeaderHint;

            /**
             * Encodes the specified LeaderHint message. Does not implicitly {@link odradek.v1.LeaderHint.verify|verify} messages.
             * @param message LeaderHint message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.LeaderHint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LeaderHint message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.LeaderHint & odradek.v1.LeaderHint.$Shape} LeaderHint
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.LeaderHint & odradek.v1.LeaderHint.$Shape;
        }

        namespace LeaderHint {

            /** Properties of a LeaderHint. */
            interface $Properties {

                /** LeaderHint brokerId */
                brokerId?: (number|null);

                /** LeaderHint leaderEpoch */
                leaderEpoch?: (number|null);

                /** LeaderHint host */
                host?: (string|null);

                /** LeaderHint port */
                port?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LeaderHint. */
            type $Shape = odradek.v1.LeaderHint.$Properties;
        }

        /** Acks enum. */
        enum Acks {

            /** ACKS_UNSPECIFIED value */
            ACKS_UNSPECIFIED = 0,

            /** ACKS_NONE value */
            ACKS_NONE = 1,

            /** ACKS_LEADER value */
            ACKS_LEADER = 2,

            /** ACKS_ALL value */
            ACKS_ALL = 3
        }

        /** IsolationLevel enum. */
        enum IsolationLevel {

            /** ISOLATION_LEVEL_UNSPECIFIED value */
            ISOLATION_LEVEL_UNSPECIFIED = 0,

            /** ISOLATION_LEVEL_READ_UNCOMMITTED value */
            ISOLATION_LEVEL_READ_UNCOMMITTED = 1,

            /** ISOLATION_LEVEL_READ_COMMITTED value */
            ISOLATION_LEVEL_READ_COMMITTED = 2
        }

        /**
         * Properties of a CreateTopicRequest.
         * @deprecated Use odradek.v1.CreateTopicRequest.$Properties instead.
         */
        interface ICreateTopicRequest extends odradek.v1.CreateTopicRequest.$Properties {
        }

        /** Represents a CreateTopicRequest. */
        class CreateTopicRequest {

            /**
             * Constructs a new CreateTopicRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.CreateTopicRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CreateTopicRequest name. */
            name: string;

            /** CreateTopicRequest partitions. */
            partitions: number;

            /** CreateTopicRequest replicationFactor. */
            replicationFactor: number;

            /** CreateTopicRequest settings. */
            settings: { [k: string]: string };

            /** CreateTopicRequest validateOnly. */
            validateOnly: boolean;

            /**
             * Creates a new CreateTopicRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns CreateTopicRequest instance
             */
            static create(properties: odradek.v1.CreateTopicRequest.$Shape): odradek.v1.CreateTopicRequest & odradek.v1.CreateTopicRequest.$Shape;
            static create(properties?: odradek.v1.CreateTopicRequest.$Properties): odradek.v1.CreateTopicRequest;

            /**
             * Encodes the specified CreateTopicRequest message. Does not implicitly {@link odradek.v1.CreateTopicRequest.verify|verify} messages.
             * @param message CreateTopicRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.CreateTopicRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CreateTopicRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.CreateTopicRequest & odradek.v1.CreateTopicRequest.$Shape} CreateTopicRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.CreateTopicRequest & odradek.v1.CreateTopicRequest.$Shape;
        }

        namespace CreateTopicRequest {

            /** Properties of a CreateTopicRequest. */
            interface $Properties {

                /** CreateTopicRequest name */
                name?: (string|null);

                /** CreateTopicRequest partitions */
                partitions?: (number|null);

                /** CreateTopicRequest replicationFactor */
                replicationFactor?: (number|null);

                /** CreateTopicRequest settings */
                settings?: ({ [k: string]: string }|null);

                /** CreateTopicRequest validateOnly */
                validateOnly?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a CreateTopicRequest. */
            type $Shape = odradek.v1.CreateTopicRequest.$Properties;
        }

        /**
         * Properties of a CreateTopicResponse.
         * @deprecated Use odradek.v1.CreateTopicResponse.$Properties instead.
         */
        interface ICreateTopicResponse extends odradek.v1.CreateTopicResponse.$Properties {
        }

        /** Represents a CreateTopicResponse. */
        class CreateTopicResponse {

            /**
             * Constructs a new CreateTopicResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.CreateTopicResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CreateTopicResponse topicId. */
            topicId: string;

            /** CreateTopicResponse partitions. */
            partitions: number;

            /** CreateTopicResponse replicationFactor. */
            replicationFactor: number;

            /**
             * Creates a new CreateTopicResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns CreateTopicResponse instance
             */
            static create(properties: odradek.v1.CreateTopicResponse.$Shape): odradek.v1.CreateTopicResponse & odradek.v1.CreateTopicResponse.$Shape;
            static create(properties?: odradek.v1.CreateTopicResponse.$Properties): odradek.v1.CreateTopicResponse;

            /**
             * Encodes the specified CreateTopicResponse message. Does not implicitly {@link odradek.v1.CreateTopicResponse.verify|verify} messages.
             * @param message CreateTopicResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.CreateTopicResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CreateTopicResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.CreateTopicResponse & odradek.v1.CreateTopicResponse.$Shape} CreateTopicResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.CreateTopicResponse & odradek.v1.CreateTopicResponse.$Shape;
        }

        namespace CreateTopicResponse {

            /** Properties of a CreateTopicResponse. */
            interface $Properties {

                /** CreateTopicResponse topicId */
                topicId?: (string|null);

                /** CreateTopicResponse partitions */
                partitions?: (number|null);

                /** CreateTopicResponse replicationFactor */
                replicationFactor?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a CreateTopicResponse. */
            type $Shape = odradek.v1.CreateTopicResponse.$Properties;
        }

        /**
         * Properties of a DeleteTopicRequest.
         * @deprecated Use odradek.v1.DeleteTopicRequest.$Properties instead.
         */
        interface IDeleteTopicRequest extends odradek.v1.DeleteTopicRequest.$Properties {
        }

        /** Represents a DeleteTopicRequest. */
        class DeleteTopicRequest {

            /**
             * Constructs a new DeleteTopicRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DeleteTopicRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DeleteTopicRequest name. */
            name: string;

            /**
             * Creates a new DeleteTopicRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DeleteTopicRequest instance
             */
            static create(properties: odradek.v1.DeleteTopicRequest.$Shape): odradek.v1.DeleteTopicRequest & odradek.v1.DeleteTopicRequest.$Shape;
            static create(properties?: odradek.v1.DeleteTopicRequest.$Properties): odradek.v1.DeleteTopicRequest;

            /**
             * Encodes the specified DeleteTopicRequest message. Does not implicitly {@link odradek.v1.DeleteTopicRequest.verify|verify} messages.
             * @param message DeleteTopicRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DeleteTopicRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DeleteTopicRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DeleteTopicRequest & odradek.v1.DeleteTopicRequest.$Shape} DeleteTopicRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DeleteTopicRequest & odradek.v1.DeleteTopicRequest.$Shape;
        }

        namespace DeleteTopicRequest {

            /** Properties of a DeleteTopicRequest. */
            interface $Properties {

                /** DeleteTopicRequest name */
                name?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DeleteTopicRequest. */
            type $Shape = odradek.v1.DeleteTopicRequest.$Properties;
        }

        /**
         * Properties of a DeleteTopicResponse.
         * @deprecated Use odradek.v1.DeleteTopicResponse.$Properties instead.
         */
        interface IDeleteTopicResponse extends odradek.v1.DeleteTopicResponse.$Properties {
        }

        /** Represents a DeleteTopicResponse. */
        class DeleteTopicResponse {

            /**
             * Constructs a new DeleteTopicResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DeleteTopicResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Creates a new DeleteTopicResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DeleteTopicResponse instance
             */
            static create(properties: odradek.v1.DeleteTopicResponse.$Shape): odradek.v1.DeleteTopicResponse & odradek.v1.DeleteTopicResponse.$Shape;
            static create(properties?: odradek.v1.DeleteTopicResponse.$Properties): odradek.v1.DeleteTopicResponse;

            /**
             * Encodes the specified DeleteTopicResponse message. Does not implicitly {@link odradek.v1.DeleteTopicResponse.verify|verify} messages.
             * @param message DeleteTopicResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DeleteTopicResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DeleteTopicResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DeleteTopicResponse & odradek.v1.DeleteTopicResponse.$Shape} DeleteTopicResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DeleteTopicResponse & odradek.v1.DeleteTopicResponse.$Shape;
        }

        namespace DeleteTopicResponse {

            /** Properties of a DeleteTopicResponse. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DeleteTopicResponse. */
            type $Shape = odradek.v1.DeleteTopicResponse.$Properties;
        }

        /**
         * Properties of an AlterTopicRequest.
         * @deprecated Use odradek.v1.AlterTopicRequest.$Properties instead.
         */
        interface IAlterTopicRequest extends odradek.v1.AlterTopicRequest.$Properties {
        }

        /** Represents an AlterTopicRequest. */
        class AlterTopicRequest {

            /**
             * Constructs a new AlterTopicRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.AlterTopicRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AlterTopicRequest name. */
            name: string;

            /** AlterTopicRequest set. */
            set: { [k: string]: string };

            /** AlterTopicRequest unset. */
            unset: string[];

            /**
             * Creates a new AlterTopicRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns AlterTopicRequest instance
             */
            static create(properties: odradek.v1.AlterTopicRequest.$Shape): odradek.v1.AlterTopicRequest & odradek.v1.AlterTopicRequest.$Shape;
            static create(properties?: odradek.v1.AlterTopicRequest.$Properties): odradek.v1.AlterTopicRequest;

            /**
             * Encodes the specified AlterTopicRequest message. Does not implicitly {@link odradek.v1.AlterTopicRequest.verify|verify} messages.
             * @param message AlterTopicRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.AlterTopicRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AlterTopicRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.AlterTopicRequest & odradek.v1.AlterTopicRequest.$Shape} AlterTopicRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.AlterTopicRequest & odradek.v1.AlterTopicRequest.$Shape;
        }

        namespace AlterTopicRequest {

            /** Properties of an AlterTopicRequest. */
            interface $Properties {

                /** AlterTopicRequest name */
                name?: (string|null);

                /** AlterTopicRequest set */
                set?: ({ [k: string]: string }|null);

                /** AlterTopicRequest unset */
                unset?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AlterTopicRequest. */
            type $Shape = odradek.v1.AlterTopicRequest.$Properties;
        }

        /**
         * Properties of an AlterTopicResponse.
         * @deprecated Use odradek.v1.AlterTopicResponse.$Properties instead.
         */
        interface IAlterTopicResponse extends odradek.v1.AlterTopicResponse.$Properties {
        }

        /** Represents an AlterTopicResponse. */
        class AlterTopicResponse {

            /**
             * Constructs a new AlterTopicResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.AlterTopicResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Creates a new AlterTopicResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns AlterTopicResponse instance
             */
            static create(properties: odradek.v1.AlterTopicResponse.$Shape): odradek.v1.AlterTopicResponse & odradek.v1.AlterTopicResponse.$Shape;
            static create(properties?: odradek.v1.AlterTopicResponse.$Properties): odradek.v1.AlterTopicResponse;

            /**
             * Encodes the specified AlterTopicResponse message. Does not implicitly {@link odradek.v1.AlterTopicResponse.verify|verify} messages.
             * @param message AlterTopicResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.AlterTopicResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AlterTopicResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.AlterTopicResponse & odradek.v1.AlterTopicResponse.$Shape} AlterTopicResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.AlterTopicResponse & odradek.v1.AlterTopicResponse.$Shape;
        }

        namespace AlterTopicResponse {

            /** Properties of an AlterTopicResponse. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AlterTopicResponse. */
            type $Shape = odradek.v1.AlterTopicResponse.$Properties;
        }

        /**
         * Properties of an AddPartitionsRequest.
         * @deprecated Use odradek.v1.AddPartitionsRequest.$Properties instead.
         */
        interface IAddPartitionsRequest extends odradek.v1.AddPartitionsRequest.$Properties {
        }

        /** Represents an AddPartitionsRequest. */
        class AddPartitionsRequest {

            /**
             * Constructs a new AddPartitionsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.AddPartitionsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AddPartitionsRequest name. */
            name: string;

            /** AddPartitionsRequest total. */
            total: number;

            /**
             * Creates a new AddPartitionsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns AddPartitionsRequest instance
             */
            static create(properties: odradek.v1.AddPartitionsRequest.$Shape): odradek.v1.AddPartitionsRequest & odradek.v1.AddPartitionsRequest.$Shape;
            static create(properties?: odradek.v1.AddPartitionsRequest.$Properties): odradek.v1.AddPartitionsRequest;

            /**
             * Encodes the specified AddPartitionsRequest message. Does not implicitly {@link odradek.v1.AddPartitionsRequest.verify|verify} messages.
             * @param message AddPartitionsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.AddPartitionsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AddPartitionsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.AddPartitionsRequest & odradek.v1.AddPartitionsRequest.$Shape} AddPartitionsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.AddPartitionsRequest & odradek.v1.AddPartitionsRequest.$Shape;
        }

        namespace AddPartitionsRequest {

            /** Properties of an AddPartitionsRequest. */
            interface $Properties {

                /** AddPartitionsRequest name */
                name?: (string|null);

                /** AddPartitionsRequest total */
                total?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AddPartitionsRequest. */
            type $Shape = odradek.v1.AddPartitionsRequest.$Properties;
        }

        /**
         * Properties of an AddPartitionsResponse.
         * @deprecated Use odradek.v1.AddPartitionsResponse.$Properties instead.
         */
        interface IAddPartitionsResponse extends odradek.v1.AddPartitionsResponse.$Properties {
        }

        /** Represents an AddPartitionsResponse. */
        class AddPartitionsResponse {

            /**
             * Constructs a new AddPartitionsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.AddPartitionsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Creates a new AddPartitionsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns AddPartitionsResponse instance
             */
            static create(properties: odradek.v1.AddPartitionsResponse.$Shape): odradek.v1.AddPartitionsResponse & odradek.v1.AddPartitionsResponse.$Shape;
            static create(properties?: odradek.v1.AddPartitionsResponse.$Properties): odradek.v1.AddPartitionsResponse;

            /**
             * Encodes the specified AddPartitionsResponse message. Does not implicitly {@link odradek.v1.AddPartitionsResponse.verify|verify} messages.
             * @param message AddPartitionsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.AddPartitionsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AddPartitionsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.AddPartitionsResponse & odradek.v1.AddPartitionsResponse.$Shape} AddPartitionsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.AddPartitionsResponse & odradek.v1.AddPartitionsResponse.$Shape;
        }

        namespace AddPartitionsResponse {

            /** Properties of an AddPartitionsResponse. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AddPartitionsResponse. */
            type $Shape = odradek.v1.AddPartitionsResponse.$Properties;
        }

        /**
         * Properties of an ElectLeadersRequest.
         * @deprecated Use odradek.v1.ElectLeadersRequest.$Properties instead.
         */
        interface IElectLeadersRequest extends odradek.v1.ElectLeadersRequest.$Properties {
        }

        /** Represents an ElectLeadersRequest. */
        class ElectLeadersRequest {

            /**
             * Constructs a new ElectLeadersRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ElectLeadersRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ElectLeadersRequest topic. */
            topic: string;

            /** ElectLeadersRequest partition. */
            partition?: (number|null);

            /**
             * Creates a new ElectLeadersRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ElectLeadersRequest instance
             */
            static create(properties: odradek.v1.ElectLeadersRequest.$Shape): odradek.v1.ElectLeadersRequest & odradek.v1.ElectLeadersRequest.$Shape;
            static create(properties?: odradek.v1.ElectLeadersRequest.$Properties): odradek.v1.ElectLeadersRequest;

            /**
             * Encodes the specified ElectLeadersRequest message. Does not implicitly {@link odradek.v1.ElectLeadersRequest.verify|verify} messages.
             * @param message ElectLeadersRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ElectLeadersRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ElectLeadersRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ElectLeadersRequest & odradek.v1.ElectLeadersRequest.$Shape} ElectLeadersRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ElectLeadersRequest & odradek.v1.ElectLeadersRequest.$Shape;
        }

        namespace ElectLeadersRequest {

            /** Properties of an ElectLeadersRequest. */
            interface $Properties {

                /** ElectLeadersRequest topic */
                topic?: (string|null);

                /** ElectLeadersRequest partition */
                partition?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an ElectLeadersRequest. */
            type $Shape = odradek.v1.ElectLeadersRequest.$Properties;
        }

        /**
         * Properties of an ElectLeadersResponse.
         * @deprecated Use odradek.v1.ElectLeadersResponse.$Properties instead.
         */
        interface IElectLeadersResponse extends odradek.v1.ElectLeadersResponse.$Properties {
        }

        /** Represents an ElectLeadersResponse. */
        class ElectLeadersResponse {

            /**
             * Constructs a new ElectLeadersResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ElectLeadersResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ElectLeadersResponse results. */
            results: odradek.v1.ElectLeadersResponse.Result.$Properties[];

            /**
             * Creates a new ElectLeadersResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ElectLeadersResponse instance
             */
            static create(properties: odradek.v1.ElectLeadersResponse.$Shape): odradek.v1.ElectLeadersResponse & odradek.v1.ElectLeadersResponse.$Shape;
            static create(properties?: odradek.v1.ElectLeadersResponse.$Properties): odradek.v1.ElectLeadersResponse;

            /**
             * Encodes the specified ElectLeadersResponse message. Does not implicitly {@link odradek.v1.ElectLeadersResponse.verify|verify} messages.
             * @param message ElectLeadersResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ElectLeadersResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ElectLeadersResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ElectLeadersResponse & odradek.v1.ElectLeadersResponse.$Shape} ElectLeadersResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ElectLeadersResponse & odradek.v1.ElectLeadersResponse.$Shape;
        }

        namespace ElectLeadersResponse {

            /** Properties of an ElectLeadersResponse. */
            interface $Properties {

                /** ElectLeadersResponse results */
                results?: (odradek.v1.ElectLeadersResponse.Result.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an ElectLeadersResponse. */
            type $Shape = odradek.v1.ElectLeadersResponse.$Properties;

            /**
             * Properties of a Result.
             * @deprecated Use odradek.v1.ElectLeadersResponse.Result.$Properties instead.
             */
            interface IResult extends odradek.v1.ElectLeadersResponse.Result.$Properties {
            }

            /** Represents a Result. */
            class Result {

                /**
                 * Constructs a new Result.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.v1.ElectLeadersResponse.Result.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Result topic. */
                topic: string;

                /** Result partition. */
                partition: number;

                /** Result outcome. */
                outcome: string;

                /** Result error. */
                error?: (odradek.v1.Error.$Properties|null);

                /**
                 * Creates a new Result instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Result instance
                 */
                static create(properties: odradek.v1.ElectLeadersResponse.Result.$Shape): odradek.v1.ElectLeadersResponse.Result & odradek.v1.ElectLeadersResponse.Result.$Shape;
                static create(properties?: odradek.v1.ElectLeadersResponse.Result.$Properties): odradek.v1.ElectLeadersResponse.Result;

                /**
                 * Encodes the specified Result message. Does not implicitly {@link odradek.v1.ElectLeadersResponse.Result.verify|verify} messages.
                 * @param message Result message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.v1.ElectLeadersResponse.Result.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Result message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.v1.ElectLeadersResponse.Result & odradek.v1.ElectLeadersResponse.Result.$Shape} Result
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ElectLeadersResponse.Result & odradek.v1.ElectLeadersResponse.Result.$Shape;
            }

            namespace Result {

                /** Properties of a Result. */
                interface $Properties {

                    /** Result topic */
                    topic?: (string|null);

                    /** Result partition */
                    partition?: (number|null);

                    /** Result outcome */
                    outcome?: (string|null);

                    /** Result error */
                    error?: (odradek.v1.Error.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Result. */
                type $Shape = odradek.v1.ElectLeadersResponse.Result.$Properties;
            }
        }

        /**
         * Properties of a DescribePartitionsRequest.
         * @deprecated Use odradek.v1.DescribePartitionsRequest.$Properties instead.
         */
        interface IDescribePartitionsRequest extends odradek.v1.DescribePartitionsRequest.$Properties {
        }

        /** Represents a DescribePartitionsRequest. */
        class DescribePartitionsRequest {

            /**
             * Constructs a new DescribePartitionsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DescribePartitionsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DescribePartitionsRequest topics. */
            topics: string[];

            /**
             * Creates a new DescribePartitionsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DescribePartitionsRequest instance
             */
            static create(properties: odradek.v1.DescribePartitionsRequest.$Shape): odradek.v1.DescribePartitionsRequest & odradek.v1.DescribePartitionsRequest.$Shape;
            static create(properties?: odradek.v1.DescribePartitionsRequest.$Properties): odradek.v1.DescribePartitionsRequest;

            /**
             * Encodes the specified DescribePartitionsRequest message. Does not implicitly {@link odradek.v1.DescribePartitionsRequest.verify|verify} messages.
             * @param message DescribePartitionsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DescribePartitionsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DescribePartitionsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DescribePartitionsRequest & odradek.v1.DescribePartitionsRequest.$Shape} DescribePartitionsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DescribePartitionsRequest & odradek.v1.DescribePartitionsRequest.$Shape;
        }

        namespace DescribePartitionsRequest {

            /** Properties of a DescribePartitionsRequest. */
            interface $Properties {

                /** DescribePartitionsRequest topics */
                topics?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DescribePartitionsRequest. */
            type $Shape = odradek.v1.DescribePartitionsRequest.$Properties;
        }

        /**
         * Properties of a ReplicaDescription.
         * @deprecated Use odradek.v1.ReplicaDescription.$Properties instead.
         */
        interface IReplicaDescription extends odradek.v1.ReplicaDescription.$Properties {
        }

        /** Represents a ReplicaDescription. */
        class ReplicaDescription {

            /**
             * Constructs a new ReplicaDescription.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ReplicaDescription.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ReplicaDescription brokerId. */
            brokerId: number;

            /** ReplicaDescription inSync. */
            inSync: boolean;

            /** ReplicaDescription logEndOffset. */
            logEndOffset: number;

            /** ReplicaDescription lagBytes. */
            lagBytes: number;

            /**
             * Creates a new ReplicaDescription instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ReplicaDescription instance
             */
            static create(properties: odradek.v1.ReplicaDescription.$Shape): odradek.v1.ReplicaDescription & odradek.v1.ReplicaDescription.$Shape;
            static create(properties?: odradek.v1.ReplicaDescription.$Properties): odradek.v1.ReplicaDescription;

            /**
             * Encodes the specified ReplicaDescription message. Does not implicitly {@link odradek.v1.ReplicaDescription.verify|verify} messages.
             * @param message ReplicaDescription message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ReplicaDescription.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ReplicaDescription message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ReplicaDescription & odradek.v1.ReplicaDescription.$Shape} ReplicaDescription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ReplicaDescription & odradek.v1.ReplicaDescription.$Shape;
        }

        namespace ReplicaDescription {

            /** Properties of a ReplicaDescription. */
            interface $Properties {

                /** ReplicaDescription brokerId */
                brokerId?: (number|null);

                /** ReplicaDescription inSync */
                inSync?: (boolean|null);

                /** ReplicaDescription logEndOffset */
                logEndOffset?: (number|null);

                /** ReplicaDescription lagBytes */
                lagBytes?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ReplicaDescription. */
            type $Shape = odradek.v1.ReplicaDescription.$Properties;
        }

        /**
         * Properties of a PartitionDescription.
         * @deprecated Use odradek.v1.PartitionDescription.$Properties instead.
         */
        interface IPartitionDescription extends odradek.v1.PartitionDescription.$Properties {
        }

        /** Represents a PartitionDescription. */
        class PartitionDescription {

            /**
             * Constructs a new PartitionDescription.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.PartitionDescription.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PartitionDescription topic. */
            topic: string;

            /** PartitionDescription topicId. */
            topicId: string;

            /** PartitionDescription partition. */
            partition: number;

            /** PartitionDescription leaderEpoch. */
            leaderEpoch: number;

            /** PartitionDescription logStartOffset. */
            logStartOffset: number;

            /** PartitionDescription highWatermark. */
            highWatermark: number;

            /** PartitionDescription logEndOffset. */
            logEndOffset: number;

            /** PartitionDescription sizeBytes. */
            sizeBytes: number;

            /** PartitionDescription replicas. */
            replicas: odradek.v1.ReplicaDescription.$Properties[];

            /**
             * Creates a new PartitionDescription instance using the specified properties.
             * @param [properties] Properties to set
             * @returns PartitionDescription instance
             */
            static create(properties: odradek.v1.PartitionDescription.$Shape): odradek.v1.PartitionDescription & odradek.v1.PartitionDescription.$Shape;
            static create(properties?: odradek.v1.PartitionDescription.$Properties): odradek.v1.PartitionDescription;

            /**
             * Encodes the specified PartitionDescription message. Does not implicitly {@link odradek.v1.PartitionDescription.verify|verify} messages.
             * @param message PartitionDescription message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.PartitionDescription.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PartitionDescription message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.PartitionDescription & odradek.v1.PartitionDescription.$Shape} PartitionDescription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.PartitionDescription & odradek.v1.PartitionDescription.$Shape;
        }

        namespace PartitionDescription {

            /** Properties of a PartitionDescription. */
            interface $Properties {

                /** PartitionDescription topic */
                topic?: (string|null);

                /** PartitionDescription topicId */
                topicId?: (string|null);

                /** PartitionDescription partition */
                partition?: (number|null);

                /** PartitionDescription leaderEpoch */
                leaderEpoch?: (number|null);

                /** PartitionDescription logStartOffset */
                logStartOffset?: (number|null);

                /** PartitionDescription highWatermark */
                highWatermark?: (number|null);

                /** PartitionDescription logEndOffset */
                logEndOffset?: (number|null);

                /** PartitionDescription sizeBytes */
                sizeBytes?: (number|null);

                /** PartitionDescription replicas */
                replicas?: (odradek.v1.ReplicaDescription.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PartitionDescription. */
            type $Shape = odradek.v1.PartitionDescription.$Properties;
        }

        /**
         * Properties of a DescribePartitionsResponse.
         * @deprecated Use odradek.v1.DescribePartitionsResponse.$Properties instead.
         */
        interface IDescribePartitionsResponse extends odradek.v1.DescribePartitionsResponse.$Properties {
        }

        /** Represents a DescribePartitionsResponse. */
        class DescribePartitionsResponse {

            /**
             * Constructs a new DescribePartitionsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DescribePartitionsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DescribePartitionsResponse partitions. */
            partitions: odradek.v1.PartitionDescription.$Properties[];

            /**
             * Creates a new DescribePartitionsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DescribePartitionsResponse instance
             */
            static create(properties: odradek.v1.DescribePartitionsResponse.$Shape): odradek.v1.DescribePartitionsResponse & odradek.v1.DescribePartitionsResponse.$Shape;
            static create(properties?: odradek.v1.DescribePartitionsResponse.$Properties): odradek.v1.DescribePartitionsResponse;

            /**
             * Encodes the specified DescribePartitionsResponse message. Does not implicitly {@link odradek.v1.DescribePartitionsResponse.verify|verify} messages.
             * @param message DescribePartitionsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DescribePartitionsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DescribePartitionsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DescribePartitionsResponse & odradek.v1.DescribePartitionsResponse.$Shape} DescribePartitionsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DescribePartitionsResponse & odradek.v1.DescribePartitionsResponse.$Shape;
        }

        namespace DescribePartitionsResponse {

            /** Properties of a DescribePartitionsResponse. */
            interface $Properties {

                /** DescribePartitionsResponse partitions */
                partitions?: (odradek.v1.PartitionDescription.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DescribePartitionsResponse. */
            type $Shape = odradek.v1.DescribePartitionsResponse.$Properties;
        }

        /**
         * Properties of a DeleteRecordsRequest.
         * @deprecated Use odradek.v1.DeleteRecordsRequest.$Properties instead.
         */
        interface IDeleteRecordsRequest extends odradek.v1.DeleteRecordsRequest.$Properties {
        }

        /** Represents a DeleteRecordsRequest. */
        class DeleteRecordsRequest {

            /**
             * Constructs a new DeleteRecordsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DeleteRecordsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DeleteRecordsRequest partitions. */
            partitions: odradek.v1.DeleteRecordsRequest.Partition.$Properties[];

            /**
             * Creates a new DeleteRecordsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DeleteRecordsRequest instance
             */
            static create(properties: odradek.v1.DeleteRecordsRequest.$Shape): odradek.v1.DeleteRecordsRequest & odradek.v1.DeleteRecordsRequest.$Shape;
            static create(properties?: odradek.v1.DeleteRecordsRequest.$Properties): odradek.v1.DeleteRecordsRequest;

            /**
             * Encodes the specified DeleteRecordsRequest message. Does not implicitly {@link odradek.v1.DeleteRecordsRequest.verify|verify} messages.
             * @param message DeleteRecordsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DeleteRecordsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DeleteRecordsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DeleteRecordsRequest & odradek.v1.DeleteRecordsRequest.$Shape} DeleteRecordsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DeleteRecordsRequest & odradek.v1.DeleteRecordsRequest.$Shape;
        }

        namespace DeleteRecordsRequest {

            /** Properties of a DeleteRecordsRequest. */
            interface $Properties {

                /** DeleteRecordsRequest partitions */
                partitions?: (odradek.v1.DeleteRecordsRequest.Partition.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DeleteRecordsRequest. */
            type $Shape = odradek.v1.DeleteRecordsRequest.$Properties;

            /**
             * Properties of a Partition.
             * @deprecated Use odradek.v1.DeleteRecordsRequest.Partition.$Properties instead.
             */
            interface IPartition extends odradek.v1.DeleteRecordsRequest.Partition.$Properties {
            }

            /** Represents a Partition. */
            class Partition {

                /**
                 * Constructs a new Partition.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.v1.DeleteRecordsRequest.Partition.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Partition topic. */
                topic: string;

                /** Partition partition. */
                partition: number;

                /** Partition beforeOffset. */
                beforeOffset: number;

                /**
                 * Creates a new Partition instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Partition instance
                 */
                static create(properties: odradek.v1.DeleteRecordsRequest.Partition.$Shape): odradek.v1.DeleteRecordsRequest.Partition & odradek.v1.DeleteRecordsRequest.Partition.$Shape;
                static create(properties?: odradek.v1.DeleteRecordsRequest.Partition.$Properties): odradek.v1.DeleteRecordsRequest.Partition;

                /**
                 * Encodes the specified Partition message. Does not implicitly {@link odradek.v1.DeleteRecordsRequest.Partition.verify|verify} messages.
                 * @param message Partition message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.v1.DeleteRecordsRequest.Partition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Partition message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.v1.DeleteRecordsRequest.Partition & odradek.v1.DeleteRecordsRequest.Partition.$Shape} Partition
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DeleteRecordsRequest.Partition & odradek.v1.DeleteRecordsRequest.Partition.$Shape;
            }

            namespace Partition {

                /** Properties of a Partition. */
                interface $Properties {

                    /** Partition topic */
                    topic?: (string|null);

                    /** Partition partition */
                    partition?: (number|null);

                    /** Partition beforeOffset */
                    beforeOffset?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Partition. */
                type $Shape = odradek.v1.DeleteRecordsRequest.Partition.$Properties;
            }
        }

        /**
         * Properties of a DeleteRecordsResponse.
         * @deprecated Use odradek.v1.DeleteRecordsResponse.$Properties instead.
         */
        interface IDeleteRecordsResponse extends odradek.v1.DeleteRecordsResponse.$Properties {
        }

        /** Represents a DeleteRecordsResponse. */
        class DeleteRecordsResponse {

            /**
             * Constructs a new DeleteRecordsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DeleteRecordsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DeleteRecordsResponse results. */
            results: odradek.v1.DeleteRecordsResponse.Result.$Properties[];

            /**
             * Creates a new DeleteRecordsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DeleteRecordsResponse instance
             */
            static create(properties: odradek.v1.DeleteRecordsResponse.$Shape): odradek.v1.DeleteRecordsResponse & odradek.v1.DeleteRecordsResponse.$Shape;
            static create(properties?: odradek.v1.DeleteRecordsResponse.$Properties): odradek.v1.DeleteRecordsResponse;

            /**
             * Encodes the specified DeleteRecordsResponse message. Does not implicitly {@link odradek.v1.DeleteRecordsResponse.verify|verify} messages.
             * @param message DeleteRecordsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DeleteRecordsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DeleteRecordsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DeleteRecordsResponse & odradek.v1.DeleteRecordsResponse.$Shape} DeleteRecordsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DeleteRecordsResponse & odradek.v1.DeleteRecordsResponse.$Shape;
        }

        namespace DeleteRecordsResponse {

            /** Properties of a DeleteRecordsResponse. */
            interface $Properties {

                /** DeleteRecordsResponse results */
                results?: (odradek.v1.DeleteRecordsResponse.Result.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DeleteRecordsResponse. */
            type $Shape = odradek.v1.DeleteRecordsResponse.$Properties;

            /**
             * Properties of a Result.
             * @deprecated Use odradek.v1.DeleteRecordsResponse.Result.$Properties instead.
             */
            interface IResult extends odradek.v1.DeleteRecordsResponse.Result.$Properties {
            }

            /** Represents a Result. */
            class Result {

                /**
                 * Constructs a new Result.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.v1.DeleteRecordsResponse.Result.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Result topic. */
                topic: string;

                /** Result partition. */
                partition: number;

                /** Result error. */
                error?: (odradek.v1.Error.$Properties|null);

                /** Result logStartOffset. */
                logStartOffset: number;

                /**
                 * Creates a new Result instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Result instance
                 */
                static create(properties: odradek.v1.DeleteRecordsResponse.Result.$Shape): odradek.v1.DeleteRecordsResponse.Result & odradek.v1.DeleteRecordsResponse.Result.$Shape;
                static create(properties?: odradek.v1.DeleteRecordsResponse.Result.$Properties): odradek.v1.DeleteRecordsResponse.Result;

                /**
                 * Encodes the specified Result message. Does not implicitly {@link odradek.v1.DeleteRecordsResponse.Result.verify|verify} messages.
                 * @param message Result message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.v1.DeleteRecordsResponse.Result.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Result message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.v1.DeleteRecordsResponse.Result & odradek.v1.DeleteRecordsResponse.Result.$Shape} Result
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DeleteRecordsResponse.Result & odradek.v1.DeleteRecordsResponse.Result.$Shape;
            }

            namespace Result {

                /** Properties of a Result. */
                interface $Properties {

                    /** Result topic */
                    topic?: (string|null);

                    /** Result partition */
                    partition?: (number|null);

                    /** Result error */
                    error?: (odradek.v1.Error.$Properties|null);

                    /** Result logStartOffset */
                    logStartOffset?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Result. */
                type $Shape = odradek.v1.DeleteRecordsResponse.Result.$Properties;
            }
        }

        /**
         * Properties of a FetchPartition.
         * @deprecated Use odradek.v1.FetchPartition.$Properties instead.
         */
        interface IFetchPartition extends odradek.v1.FetchPartition.$Properties {
        }

        /** Represents a FetchPartition. */
        class FetchPartition {

            /**
             * Constructs a new FetchPartition.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FetchPartition.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FetchPartition topic. */
            topic: string;

            /** FetchPartition topicId. */
            topicId: string;

            /** FetchPartition partition. */
            partition: number;

            /** FetchPartition fetchOffset. */
            fetchOffset: number;

            /** FetchPartition currentLeaderEpoch. */
            currentLeaderEpoch?: (number|null);

            /** FetchPartition maxBytes. */
            maxBytes: number;

            /** FetchPartition generation. */
            generation: number;

            /** FetchPartition maxStalenessBytes. */
            maxStalenessBytes?: (number|null);

            /**
             * Creates a new FetchPartition instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FetchPartition instance
             */
            static create(properties: odradek.v1.FetchPartition.$Shape): odradek.v1.FetchPartition & odradek.v1.FetchPartition.$Shape;
            static create(properties?: odradek.v1.FetchPartition.$Properties): odradek.v1.FetchPartition;

            /**
             * Encodes the specified FetchPartition message. Does not implicitly {@link odradek.v1.FetchPartition.verify|verify} messages.
             * @param message FetchPartition message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FetchPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FetchPartition message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FetchPartition & odradek.v1.FetchPartition.$Shape} FetchPartition
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FetchPartition & odradek.v1.FetchPartition.$Shape;
        }

        namespace FetchPartition {

            /** Properties of a FetchPartition. */
            interface $Properties {

                /** FetchPartition topic */
                topic?: (string|null);

                /** FetchPartition topicId */
                topicId?: (string|null);

                /** FetchPartition partition */
                partition?: (number|null);

                /** FetchPartition fetchOffset */
                fetchOffset?: (number|null);

                /** FetchPartition currentLeaderEpoch */
                currentLeaderEpoch?: (number|null);

                /** FetchPartition maxBytes */
                maxBytes?: (number|null);

                /** FetchPartition generation */
                generation?: (number|null);

                /** FetchPartition maxStalenessBytes */
                maxStalenessBytes?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FetchPartition. */
            type $Shape = odradek.v1.FetchPartition.$Properties;
        }

        /**
         * Properties of an AbortedTransaction.
         * @deprecated Use odradek.v1.AbortedTransaction.$Properties instead.
         */
        interface IAbortedTransaction extends odradek.v1.AbortedTransaction.$Properties {
        }

        /** Represents an AbortedTransaction. */
        class AbortedTransaction {

            /**
             * Constructs a new AbortedTransaction.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.AbortedTransaction.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AbortedTransaction producerId. */
            producerId: number;

            /** AbortedTransaction firstOffset. */
            firstOffset: number;

            /**
             * Creates a new AbortedTransaction instance using the specified properties.
             * @param [properties] Properties to set
             * @returns AbortedTransaction instance
             */
            static create(properties: odradek.v1.AbortedTransaction.$Shape): odradek.v1.AbortedTransaction & odradek.v1.AbortedTransaction.$Shape;
            static create(properties?: odradek.v1.AbortedTransaction.$Properties): odradek.v1.AbortedTransaction;

            /**
             * Encodes the specified AbortedTransaction message. Does not implicitly {@link odradek.v1.AbortedTransaction.verify|verify} messages.
             * @param message AbortedTransaction message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.AbortedTransaction.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AbortedTransaction message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.AbortedTransaction & odradek.v1.AbortedTransaction.$Shape} AbortedTransaction
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.AbortedTransaction & odradek.v1.AbortedTransaction.$Shape;
        }

        namespace AbortedTransaction {

            /** Properties of an AbortedTransaction. */
            interface $Properties {

                /** AbortedTransaction producerId */
                producerId?: (number|null);

                /** AbortedTransaction firstOffset */
                firstOffset?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AbortedTransaction. */
            type $Shape = odradek.v1.AbortedTransaction.$Properties;
        }

        /**
         * Properties of a FetchRequest.
         * @deprecated Use odradek.v1.FetchRequest.$Properties instead.
         */
        interface IFetchRequest extends odradek.v1.FetchRequest.$Properties {
        }

        /** Represents a FetchRequest. */
        class FetchRequest {

            /**
             * Constructs a new FetchRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FetchRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FetchRequest clientId. */
            clientId: string;

            /** FetchRequest partitions. */
            partitions: odradek.v1.FetchPartition.$Properties[];

            /** FetchRequest maxWaitMs. */
            maxWaitMs: number;

            /** FetchRequest minBytes. */
            minBytes: number;

            /** FetchRequest maxBytes. */
            maxBytes: number;

            /** FetchRequest isolation. */
            isolation: odradek.v1.IsolationLevel;

            /**
             * Creates a new FetchRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FetchRequest instance
             */
            static create(properties: odradek.v1.FetchRequest.$Shape): odradek.v1.FetchRequest & odradek.v1.FetchRequest.$Shape;
            static create(properties?: odradek.v1.FetchRequest.$Properties): odradek.v1.FetchRequest;

            /**
             * Encodes the specified FetchRequest message. Does not implicitly {@link odradek.v1.FetchRequest.verify|verify} messages.
             * @param message FetchRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FetchRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FetchRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FetchRequest & odradek.v1.FetchRequest.$Shape} FetchRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FetchRequest & odradek.v1.FetchRequest.$Shape;
        }

        namespace FetchRequest {

            /** Properties of a FetchRequest. */
            interface $Properties {

                /** FetchRequest clientId */
                clientId?: (string|null);

                /** FetchRequest partitions */
                partitions?: (odradek.v1.FetchPartition.$Properties[]|null);

                /** FetchRequest maxWaitMs */
                maxWaitMs?: (number|null);

                /** FetchRequest minBytes */
                minBytes?: (number|null);

                /** FetchRequest maxBytes */
                maxBytes?: (number|null);

                /** FetchRequest isolation */
                isolation?: (odradek.v1.IsolationLevel|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FetchRequest. */
            type $Shape = odradek.v1.FetchRequest.$Properties;
        }

        /**
         * Properties of a PartitionRecords.
         * @deprecated Use odradek.v1.PartitionRecords.$Properties instead.
         */
        interface IPartitionRecords extends odradek.v1.PartitionRecords.$Properties {
        }

        /** Represents a PartitionRecords. */
        class PartitionRecords {

            /**
             * Constructs a new PartitionRecords.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.PartitionRecords.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PartitionRecords topic. */
            topic: string;

            /** PartitionRecords topicId. */
            topicId: string;

            /** PartitionRecords partition. */
            partition: number;

            /** PartitionRecords error. */
            error?: (odradek.v1.Error.$Properties|null);

            /** PartitionRecords highWatermark. */
            highWatermark: number;

            /** PartitionRecords lastStableOffset. */
            lastStableOffset: number;

            /** PartitionRecords logStartOffset. */
            logStartOffset: number;

            /** PartitionRecords leaderEpoch. */
            leaderEpoch: number;

            /** PartitionRecords generation. */
            generation: number;

            /** PartitionRecords caughtUp. */
            caughtUp: boolean;

            /** PartitionRecords records. */
            records: Uint8Array;

            /** PartitionRecords aborted. */
            aborted: odradek.v1.AbortedTransaction.$Properties[];

            /**
             * Creates a new PartitionRecords instance using the specified properties.
             * @param [properties] Properties to set
             * @returns PartitionRecords instance
             */
            static create(properties: odradek.v1.PartitionRecords.$Shape): odradek.v1.PartitionRecords & odradek.v1.PartitionRecords.$Shape;
            static create(properties?: odradek.v1.PartitionRecords.$Properties): odradek.v1.PartitionRecords;

            /**
             * Encodes the specified PartitionRecords message. Does not implicitly {@link odradek.v1.PartitionRecords.verify|verify} messages.
             * @param message PartitionRecords message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.PartitionRecords.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PartitionRecords message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.PartitionRecords & odradek.v1.PartitionRecords.$Shape} PartitionRecords
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.PartitionRecords & odradek.v1.PartitionRecords.$Shape;
        }

        namespace PartitionRecords {

            /** Properties of a PartitionRecords. */
            interface $Properties {

                /** PartitionRecords topic */
                topic?: (string|null);

                /** PartitionRecords topicId */
                topicId?: (string|null);

                /** PartitionRecords partition */
                partition?: (number|null);

                /** PartitionRecords error */
                error?: (odradek.v1.Error.$Properties|null);

                /** PartitionRecords highWatermark */
                highWatermark?: (number|null);

                /** PartitionRecords lastStableOffset */
                lastStableOffset?: (number|null);

                /** PartitionRecords logStartOffset */
                logStartOffset?: (number|null);

                /** PartitionRecords leaderEpoch */
                leaderEpoch?: (number|null);

                /** PartitionRecords generation */
                generation?: (number|null);

                /** PartitionRecords caughtUp */
                caughtUp?: (boolean|null);

                /** PartitionRecords records */
                records?: (Uint8Array|null);

                /** PartitionRecords aborted */
                aborted?: (odradek.v1.AbortedTransaction.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PartitionRecords. */
            type $Shape = odradek.v1.PartitionRecords.$Properties;
        }

        /**
         * Properties of a FetchResponse.
         * @deprecated Use odradek.v1.FetchResponse.$Properties instead.
         */
        interface IFetchResponse extends odradek.v1.FetchResponse.$Properties {
        }

        /** Represents a FetchResponse. */
        class FetchResponse {

            /**
             * Constructs a new FetchResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FetchResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FetchResponse partitions. */
            partitions: odradek.v1.PartitionRecords.$Properties[];

            /**
             * Creates a new FetchResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FetchResponse instance
             */
            static create(properties: odradek.v1.FetchResponse.$Shape): odradek.v1.FetchResponse & odradek.v1.FetchResponse.$Shape;
            static create(properties?: odradek.v1.FetchResponse.$Properties): odradek.v1.FetchResponse;

            /**
             * Encodes the specified FetchResponse message. Does not implicitly {@link odradek.v1.FetchResponse.verify|verify} messages.
             * @param message FetchResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FetchResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FetchResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FetchResponse & odradek.v1.FetchResponse.$Shape} FetchResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FetchResponse & odradek.v1.FetchResponse.$Shape;
        }

        namespace FetchResponse {

            /** Properties of a FetchResponse. */
            interface $Properties {

                /** FetchResponse partitions */
                partitions?: (odradek.v1.PartitionRecords.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FetchResponse. */
            type $Shape = odradek.v1.FetchResponse.$Properties;
        }

        /**
         * Properties of a FetchStreamOpen.
         * @deprecated Use odradek.v1.FetchStreamOpen.$Properties instead.
         */
        interface IFetchStreamOpen extends odradek.v1.FetchStreamOpen.$Properties {
        }

        /** Represents a FetchStreamOpen. */
        class FetchStreamOpen {

            /**
             * Constructs a new FetchStreamOpen.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FetchStreamOpen.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FetchStreamOpen clientId. */
            clientId: string;

            /** FetchStreamOpen isolation. */
            isolation: odradek.v1.IsolationLevel;

            /** FetchStreamOpen maxMessageBytes. */
            maxMessageBytes: number;

            /**
             * Creates a new FetchStreamOpen instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FetchStreamOpen instance
             */
            static create(properties: odradek.v1.FetchStreamOpen.$Shape): odradek.v1.FetchStreamOpen & odradek.v1.FetchStreamOpen.$Shape;
            static create(properties?: odradek.v1.FetchStreamOpen.$Properties): odradek.v1.FetchStreamOpen;

            /**
             * Encodes the specified FetchStreamOpen message. Does not implicitly {@link odradek.v1.FetchStreamOpen.verify|verify} messages.
             * @param message FetchStreamOpen message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FetchStreamOpen.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FetchStreamOpen message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FetchStreamOpen & odradek.v1.FetchStreamOpen.$Shape} FetchStreamOpen
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FetchStreamOpen & odradek.v1.FetchStreamOpen.$Shape;
        }

        namespace FetchStreamOpen {

            /** Properties of a FetchStreamOpen. */
            interface $Properties {

                /** FetchStreamOpen clientId */
                clientId?: (string|null);

                /** FetchStreamOpen isolation */
                isolation?: (odradek.v1.IsolationLevel|null);

                /** FetchStreamOpen maxMessageBytes */
                maxMessageBytes?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FetchStreamOpen. */
            type $Shape = odradek.v1.FetchStreamOpen.$Properties;
        }

        /**
         * Properties of a PartitionReference.
         * @deprecated Use odradek.v1.PartitionReference.$Properties instead.
         */
        interface IPartitionReference extends odradek.v1.PartitionReference.$Properties {
        }

        /** Represents a PartitionReference. */
        class PartitionReference {

            /**
             * Constructs a new PartitionReference.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.PartitionReference.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PartitionReference topic. */
            topic: string;

            /** PartitionReference partition. */
            partition: number;

            /**
             * Creates a new PartitionReference instance using the specified properties.
             * @param [properties] Properties to set
             * @returns PartitionReference instance
             */
            static create(properties: odradek.v1.PartitionReference.$Shape): odradek.v1.PartitionReference & odradek.v1.PartitionReference.$Shape;
            static create(properties?: odradek.v1.PartitionReference.$Properties): odradek.v1.PartitionReference;

            /**
             * Encodes the specified PartitionReference message. Does not implicitly {@link odradek.v1.PartitionReference.verify|verify} messages.
             * @param message PartitionReference message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.PartitionReference.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PartitionReference message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.PartitionReference & odradek.v1.PartitionReference.$Shape} PartitionReference
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.PartitionReference & odradek.v1.PartitionReference.$Shape;
        }

        namespace PartitionReference {

            /** Properties of a PartitionReference. */
            interface $Properties {

                /** PartitionReference topic */
                topic?: (string|null);

                /** PartitionReference partition */
                partition?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PartitionReference. */
            type $Shape = odradek.v1.PartitionReference.$Properties;
        }

        /**
         * Properties of a FetchStreamRequest.
         * @deprecated Use odradek.v1.FetchStreamRequest.$Properties instead.
         */
        interface IFetchStreamRequest extends odradek.v1.FetchStreamRequest.$Properties {
        }

        /** Represents a FetchStreamRequest. */
        class FetchStreamRequest {

            /**
             * Constructs a new FetchStreamRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FetchStreamRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FetchStreamRequest open. */
            open?: (odradek.v1.FetchStreamOpen.$Properties|null);

            /** FetchStreamRequest assign. */
            assign: odradek.v1.FetchPartition.$Properties[];

            /** FetchStreamRequest unassign. */
            unassign: odradek.v1.PartitionReference.$Properties[];

            /** FetchStreamRequest creditBytes. */
            creditBytes: number;

            /**
             * Creates a new FetchStreamRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FetchStreamRequest instance
             */
            static create(properties: odradek.v1.FetchStreamRequest.$Shape): odradek.v1.FetchStreamRequest & odradek.v1.FetchStreamRequest.$Shape;
            static create(properties?: odradek.v1.FetchStreamRequest.$Properties): odradek.v1.FetchStreamRequest;

            /**
             * Encodes the specified FetchStreamRequest message. Does not implicitly {@link odradek.v1.FetchStreamRequest.verify|verify} messages.
             * @param message FetchStreamRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FetchStreamRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FetchStreamRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FetchStreamRequest & odradek.v1.FetchStreamRequest.$Shape} FetchStreamRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FetchStreamRequest & odradek.v1.FetchStreamRequest.$Shape;
        }

        namespace FetchStreamRequest {

            /** Properties of a FetchStreamRequest. */
            interface $Properties {

                /** FetchStreamRequest open */
                open?: (odradek.v1.FetchStreamOpen.$Properties|null);

                /** FetchStreamRequest assign */
                assign?: (odradek.v1.FetchPartition.$Properties[]|null);

                /** FetchStreamRequest unassign */
                unassign?: (odradek.v1.PartitionReference.$Properties[]|null);

                /** FetchStreamRequest creditBytes */
                creditBytes?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FetchStreamRequest. */
            type $Shape = odradek.v1.FetchStreamRequest.$Properties;
        }

        /**
         * Properties of a FetchStreamResponse.
         * @deprecated Use odradek.v1.FetchStreamResponse.$Properties instead.
         */
        interface IFetchStreamResponse extends odradek.v1.FetchStreamResponse.$Properties {
        }

        /** Represents a FetchStreamResponse. */
        class FetchStreamResponse {

            /**
             * Constructs a new FetchStreamResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FetchStreamResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FetchStreamResponse partitions. */
            partitions: odradek.v1.PartitionRecords.$Properties[];

            /**
             * Creates a new FetchStreamResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FetchStreamResponse instance
             */
            static create(properties: odradek.v1.FetchStreamResponse.$Shape): odradek.v1.FetchStreamResponse & odradek.v1.FetchStreamResponse.$Shape;
            static create(properties?: odradek.v1.FetchStreamResponse.$Properties): odradek.v1.FetchStreamResponse;

            /**
             * Encodes the specified FetchStreamResponse message. Does not implicitly {@link odradek.v1.FetchStreamResponse.verify|verify} messages.
             * @param message FetchStreamResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FetchStreamResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FetchStreamResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FetchStreamResponse & odradek.v1.FetchStreamResponse.$Shape} FetchStreamResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FetchStreamResponse & odradek.v1.FetchStreamResponse.$Shape;
        }

        namespace FetchStreamResponse {

            /** Properties of a FetchStreamResponse. */
            interface $Properties {

                /** FetchStreamResponse partitions */
                partitions?: (odradek.v1.PartitionRecords.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FetchStreamResponse. */
            type $Shape = odradek.v1.FetchStreamResponse.$Properties;
        }

        /**
         * Properties of a ListOffsetsPartition.
         * @deprecated Use odradek.v1.ListOffsetsPartition.$Properties instead.
         */
        interface IListOffsetsPartition extends odradek.v1.ListOffsetsPartition.$Properties {
        }

        /** Represents a ListOffsetsPartition. */
        class ListOffsetsPartition {

            /**
             * Constructs a new ListOffsetsPartition.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ListOffsetsPartition.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ListOffsetsPartition topic. */
            topic: string;

            /** ListOffsetsPartition topicId. */
            topicId: string;

            /** ListOffsetsPartition partition. */
            partition: number;

            /** ListOffsetsPartition currentLeaderEpoch. */
            currentLeaderEpoch?: (number|null);

            /** ListOffsetsPartition timestamp. */
            timestamp: number;

            /**
             * Creates a new ListOffsetsPartition instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ListOffsetsPartition instance
             */
            static create(properties: odradek.v1.ListOffsetsPartition.$Shape): odradek.v1.ListOffsetsPartition & odradek.v1.ListOffsetsPartition.$Shape;
            static create(properties?: odradek.v1.ListOffsetsPartition.$Properties): odradek.v1.ListOffsetsPartition;

            /**
             * Encodes the specified ListOffsetsPartition message. Does not implicitly {@link odradek.v1.ListOffsetsPartition.verify|verify} messages.
             * @param message ListOffsetsPartition message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ListOffsetsPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ListOffsetsPartition message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ListOffsetsPartition & odradek.v1.ListOffsetsPartition.$Shape} ListOffsetsPartition
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ListOffsetsPartition & odradek.v1.ListOffsetsPartition.$Shape;
        }

        namespace ListOffsetsPartition {

            /** Properties of a ListOffsetsPartition. */
            interface $Properties {

                /** ListOffsetsPartition topic */
                topic?: (string|null);

                /** ListOffsetsPartition topicId */
                topicId?: (string|null);

                /** ListOffsetsPartition partition */
                partition?: (number|null);

                /** ListOffsetsPartition currentLeaderEpoch */
                currentLeaderEpoch?: (number|null);

                /** ListOffsetsPartition timestamp */
                timestamp?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ListOffsetsPartition. */
            type $Shape = odradek.v1.ListOffsetsPartition.$Properties;
        }

        /**
         * Properties of a ListOffsetsRequest.
         * @deprecated Use odradek.v1.ListOffsetsRequest.$Properties instead.
         */
        interface IListOffsetsRequest extends odradek.v1.ListOffsetsRequest.$Properties {
        }

        /** Represents a ListOffsetsRequest. */
        class ListOffsetsRequest {

            /**
             * Constructs a new ListOffsetsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ListOffsetsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ListOffsetsRequest partitions. */
            partitions: odradek.v1.ListOffsetsPartition.$Properties[];

            /** ListOffsetsRequest isolation. */
            isolation: odradek.v1.IsolationLevel;

            /**
             * Creates a new ListOffsetsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ListOffsetsRequest instance
             */
            static create(properties: odradek.v1.ListOffsetsRequest.$Shape): odradek.v1.ListOffsetsRequest & odradek.v1.ListOffsetsRequest.$Shape;
            static create(properties?: odradek.v1.ListOffsetsRequest.$Properties): odradek.v1.ListOffsetsRequest;

            /**
             * Encodes the specified ListOffsetsRequest message. Does not implicitly {@link odradek.v1.ListOffsetsRequest.verify|verify} messages.
             * @param message ListOffsetsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ListOffsetsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ListOffsetsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ListOffsetsRequest & odradek.v1.ListOffsetsRequest.$Shape} ListOffsetsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ListOffsetsRequest & odradek.v1.ListOffsetsRequest.$Shape;
        }

        namespace ListOffsetsRequest {

            /** Properties of a ListOffsetsRequest. */
            interface $Properties {

                /** ListOffsetsRequest partitions */
                partitions?: (odradek.v1.ListOffsetsPartition.$Properties[]|null);

                /** ListOffsetsRequest isolation */
                isolation?: (odradek.v1.IsolationLevel|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ListOffsetsRequest. */
            type $Shape = odradek.v1.ListOffsetsRequest.$Properties;
        }

        /**
         * Properties of a ListedOffset.
         * @deprecated Use odradek.v1.ListedOffset.$Properties instead.
         */
        interface IListedOffset extends odradek.v1.ListedOffset.$Properties {
        }

        /** Represents a ListedOffset. */
        class ListedOffset {

            /**
             * Constructs a new ListedOffset.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ListedOffset.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ListedOffset topic. */
            topic: string;

            /** ListedOffset partition. */
            partition: number;

            /** ListedOffset error. */
            error?: (odradek.v1.Error.$Properties|null);

            /** ListedOffset offset. */
            offset: number;

            /** ListedOffset leaderEpoch. */
            leaderEpoch: number;

            /** ListedOffset recordBatch. */
            recordBatch: Uint8Array;

            /**
             * Creates a new ListedOffset instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ListedOffset instance
             */
            static create(properties: odradek.v1.ListedOffset.$Shape): odradek.v1.ListedOffset & odradek.v1.ListedOffset.$Shape;
            static create(properties?: odradek.v1.ListedOffset.$Properties): odradek.v1.ListedOffset;

            /**
             * Encodes the specified ListedOffset message. Does not implicitly {@link odradek.v1.ListedOffset.verify|verify} messages.
             * @param message ListedOffset message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ListedOffset.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ListedOffset message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ListedOffset & odradek.v1.ListedOffset.$Shape} ListedOffset
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ListedOffset & odradek.v1.ListedOffset.$Shape;
        }

        namespace ListedOffset {

            /** Properties of a ListedOffset. */
            interface $Properties {

                /** ListedOffset topic */
                topic?: (string|null);

                /** ListedOffset partition */
                partition?: (number|null);

                /** ListedOffset error */
                error?: (odradek.v1.Error.$Properties|null);

                /** ListedOffset offset */
                offset?: (number|null);

                /** ListedOffset leaderEpoch */
                leaderEpoch?: (number|null);

                /** ListedOffset recordBatch */
                recordBatch?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ListedOffset. */
            type $Shape = odradek.v1.ListedOffset.$Properties;
        }

        /**
         * Properties of a ListOffsetsResponse.
         * @deprecated Use odradek.v1.ListOffsetsResponse.$Properties instead.
         */
        interface IListOffsetsResponse extends odradek.v1.ListOffsetsResponse.$Properties {
        }

        /** Represents a ListOffsetsResponse. */
        class ListOffsetsResponse {

            /**
             * Constructs a new ListOffsetsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ListOffsetsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ListOffsetsResponse partitions. */
            partitions: odradek.v1.ListedOffset.$Properties[];

            /**
             * Creates a new ListOffsetsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ListOffsetsResponse instance
             */
            static create(properties: odradek.v1.ListOffsetsResponse.$Shape): odradek.v1.ListOffsetsResponse & odradek.v1.ListOffsetsResponse.$Shape;
            static create(properties?: odradek.v1.ListOffsetsResponse.$Properties): odradek.v1.ListOffsetsResponse;

            /**
             * Encodes the specified ListOffsetsResponse message. Does not implicitly {@link odradek.v1.ListOffsetsResponse.verify|verify} messages.
             * @param message ListOffsetsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ListOffsetsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ListOffsetsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ListOffsetsResponse & odradek.v1.ListOffsetsResponse.$Shape} ListOffsetsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ListOffsetsResponse & odradek.v1.ListOffsetsResponse.$Shape;
        }

        namespace ListOffsetsResponse {

            /** Properties of a ListOffsetsResponse. */
            interface $Properties {

                /** ListOffsetsResponse partitions */
                partitions?: (odradek.v1.ListedOffset.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ListOffsetsResponse. */
            type $Shape = odradek.v1.ListOffsetsResponse.$Properties;
        }

        /** CoordinatorKind enum. */
        enum CoordinatorKind {

            /** COORDINATOR_KIND_UNSPECIFIED value */
            COORDINATOR_KIND_UNSPECIFIED = 0,

            /** COORDINATOR_KIND_GROUP value */
            COORDINATOR_KIND_GROUP = 1,

            /** COORDINATOR_KIND_TRANSACTION value */
            COORDINATOR_KIND_TRANSACTION = 2
        }

        /**
         * Properties of a FindCoordinatorRequest.
         * @deprecated Use odradek.v1.FindCoordinatorRequest.$Properties instead.
         */
        interface IFindCoordinatorRequest extends odradek.v1.FindCoordinatorRequest.$Properties {
        }

        /** Represents a FindCoordinatorRequest. */
        class FindCoordinatorRequest {

            /**
             * Constructs a new FindCoordinatorRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FindCoordinatorRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FindCoordinatorRequest kind. */
            kind: odradek.v1.CoordinatorKind;

            /** FindCoordinatorRequest key. */
            key: string;

            /**
             * Creates a new FindCoordinatorRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FindCoordinatorRequest instance
             */
            static create(properties: odradek.v1.FindCoordinatorRequest.$Shape): odradek.v1.FindCoordinatorRequest & odradek.v1.FindCoordinatorRequest.$Shape;
            static create(properties?: odradek.v1.FindCoordinatorRequest.$Properties): odradek.v1.FindCoordinatorRequest;

            /**
             * Encodes the specified FindCoordinatorRequest message. Does not implicitly {@link odradek.v1.FindCoordinatorRequest.verify|verify} messages.
             * @param message FindCoordinatorRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FindCoordinatorRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FindCoordinatorRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FindCoordinatorRequest & odradek.v1.FindCoordinatorRequest.$Shape} FindCoordinatorRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FindCoordinatorRequest & odradek.v1.FindCoordinatorRequest.$Shape;
        }

        namespace FindCoordinatorRequest {

            /** Properties of a FindCoordinatorRequest. */
            interface $Properties {

                /** FindCoordinatorRequest kind */
                kind?: (odradek.v1.CoordinatorKind|null);

                /** FindCoordinatorRequest key */
                key?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FindCoordinatorRequest. */
            type $Shape = odradek.v1.FindCoordinatorRequest.$Properties;
        }

        /**
         * Properties of a FindCoordinatorResponse.
         * @deprecated Use odradek.v1.FindCoordinatorResponse.$Properties instead.
         */
        interface IFindCoordinatorResponse extends odradek.v1.FindCoordinatorResponse.$Properties {
        }

        /** Represents a FindCoordinatorResponse. */
        class FindCoordinatorResponse {

            /**
             * Constructs a new FindCoordinatorResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FindCoordinatorResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FindCoordinatorResponse brokerId. */
            brokerId: number;

            /** FindCoordinatorResponse host. */
            host: string;

            /** FindCoordinatorResponse port. */
            port: number;

            /**
             * Creates a new FindCoordinatorResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FindCoordinatorResponse instance
             */
            static create(properties: odradek.v1.FindCoordinatorResponse.$Shape): odradek.v1.FindCoordinatorResponse & odradek.v1.FindCoordinatorResponse.$Shape;
            static create(properties?: odradek.v1.FindCoordinatorResponse.$Properties): odradek.v1.FindCoordinatorResponse;

            /**
             * Encodes the specified FindCoordinatorResponse message. Does not implicitly {@link odradek.v1.FindCoordinatorResponse.verify|verify} messages.
             * @param message FindCoordinatorResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FindCoordinatorResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FindCoordinatorResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FindCoordinatorResponse & odradek.v1.FindCoordinatorResponse.$Shape} FindCoordinatorResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FindCoordinatorResponse & odradek.v1.FindCoordinatorResponse.$Shape;
        }

        namespace FindCoordinatorResponse {

            /** Properties of a FindCoordinatorResponse. */
            interface $Properties {

                /** FindCoordinatorResponse brokerId */
                brokerId?: (number|null);

                /** FindCoordinatorResponse host */
                host?: (string|null);

                /** FindCoordinatorResponse port */
                port?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FindCoordinatorResponse. */
            type $Shape = odradek.v1.FindCoordinatorResponse.$Properties;
        }

        /**
         * Properties of a CommittedOffset.
         * @deprecated Use odradek.v1.CommittedOffset.$Properties instead.
         */
        interface ICommittedOffset extends odradek.v1.CommittedOffset.$Properties {
        }

        /** Represents a CommittedOffset. */
        class CommittedOffset {

            /**
             * Constructs a new CommittedOffset.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.CommittedOffset.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CommittedOffset topic. */
            topic: string;

            /** CommittedOffset partition. */
            partition: number;

            /** CommittedOffset offset. */
            offset: number;

            /** CommittedOffset leaderEpoch. */
            leaderEpoch?: (number|null);

            /** CommittedOffset metadata. */
            metadata: string;

            /**
             * Creates a new CommittedOffset instance using the specified properties.
             * @param [properties] Properties to set
             * @returns CommittedOffset instance
             */
            static create(properties: odradek.v1.CommittedOffset.$Shape): odradek.v1.CommittedOffset & odradek.v1.CommittedOffset.$Shape;
            static create(properties?: odradek.v1.CommittedOffset.$Properties): odradek.v1.CommittedOffset;

            /**
             * Encodes the specified CommittedOffset message. Does not implicitly {@link odradek.v1.CommittedOffset.verify|verify} messages.
             * @param message CommittedOffset message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.CommittedOffset.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CommittedOffset message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.CommittedOffset & odradek.v1.CommittedOffset.$Shape} CommittedOffset
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.CommittedOffset & odradek.v1.CommittedOffset.$Shape;
        }

        namespace CommittedOffset {

            /** Properties of a CommittedOffset. */
            interface $Properties {

                /** CommittedOffset topic */
                topic?: (string|null);

                /** CommittedOffset partition */
                partition?: (number|null);

                /** CommittedOffset offset */
                offset?: (number|null);

                /** CommittedOffset leaderEpoch */
                leaderEpoch?: (number|null);

                /** CommittedOffset metadata */
                metadata?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a CommittedOffset. */
            type $Shape = odradek.v1.CommittedOffset.$Properties;
        }

        /**
         * Properties of a CommitOffsetsRequest.
         * @deprecated Use odradek.v1.CommitOffsetsRequest.$Properties instead.
         */
        interface ICommitOffsetsRequest extends odradek.v1.CommitOffsetsRequest.$Properties {
        }

        /** Represents a CommitOffsetsRequest. */
        class CommitOffsetsRequest {

            /**
             * Constructs a new CommitOffsetsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.CommitOffsetsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CommitOffsetsRequest group. */
            group: string;

            /** CommitOffsetsRequest offsets. */
            offsets: odradek.v1.CommittedOffset.$Properties[];

            /** CommitOffsetsRequest transactionalId. */
            transactionalId: string;

            /** CommitOffsetsRequest producerId. */
            producerId?: (number|null);

            /** CommitOffsetsRequest producerEpoch. */
            producerEpoch: number;

            /**
             * Creates a new CommitOffsetsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns CommitOffsetsRequest instance
             */
            static create(properties: odradek.v1.CommitOffsetsRequest.$Shape): odradek.v1.CommitOffsetsRequest & odradek.v1.CommitOffsetsRequest.$Shape;
            static create(properties?: odradek.v1.CommitOffsetsRequest.$Properties): odradek.v1.CommitOffsetsRequest;

            /**
             * Encodes the specified CommitOffsetsRequest message. Does not implicitly {@link odradek.v1.CommitOffsetsRequest.verify|verify} messages.
             * @param message CommitOffsetsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.CommitOffsetsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CommitOffsetsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.CommitOffsetsRequest & odradek.v1.CommitOffsetsRequest.$Shape} CommitOffsetsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.CommitOffsetsRequest & odradek.v1.CommitOffsetsRequest.$Shape;
        }

        namespace CommitOffsetsRequest {

            /** Properties of a CommitOffsetsRequest. */
            interface $Properties {

                /** CommitOffsetsRequest group */
                group?: (string|null);

                /** CommitOffsetsRequest offsets */
                offsets?: (odradek.v1.CommittedOffset.$Properties[]|null);

                /** CommitOffsetsRequest transactionalId */
                transactionalId?: (string|null);

                /** CommitOffsetsRequest producerId */
                producerId?: (number|null);

                /** CommitOffsetsRequest producerEpoch */
                producerEpoch?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a CommitOffsetsRequest. */
            type $Shape = odradek.v1.CommitOffsetsRequest.$Properties;
        }

        /**
         * Properties of a CommitOffsetsResponse.
         * @deprecated Use odradek.v1.CommitOffsetsResponse.$Properties instead.
         */
        interface ICommitOffsetsResponse extends odradek.v1.CommitOffsetsResponse.$Properties {
        }

        /** Represents a CommitOffsetsResponse. */
        class CommitOffsetsResponse {

            /**
             * Constructs a new CommitOffsetsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.CommitOffsetsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CommitOffsetsResponse results. */
            results: odradek.v1.CommitOffsetsResponse.Result.$Properties[];

            /**
             * Creates a new CommitOffsetsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns CommitOffsetsResponse instance
             */
            static create(properties: odradek.v1.CommitOffsetsResponse.$Shape): odradek.v1.CommitOffsetsResponse & odradek.v1.CommitOffsetsResponse.$Shape;
            static create(properties?: odradek.v1.CommitOffsetsResponse.$Properties): odradek.v1.CommitOffsetsResponse;

            /**
             * Encodes the specified CommitOffsetsResponse message. Does not implicitly {@link odradek.v1.CommitOffsetsResponse.verify|verify} messages.
             * @param message CommitOffsetsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.CommitOffsetsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CommitOffsetsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.CommitOffsetsResponse & odradek.v1.CommitOffsetsResponse.$Shape} CommitOffsetsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.CommitOffsetsResponse & odradek.v1.CommitOffsetsResponse.$Shape;
        }

        namespace CommitOffsetsResponse {

            /** Properties of a CommitOffsetsResponse. */
            interface $Properties {

                /** CommitOffsetsResponse results */
                results?: (odradek.v1.CommitOffsetsResponse.Result.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a CommitOffsetsResponse. */
            type $Shape = odradek.v1.CommitOffsetsResponse.$Properties;

            /**
             * Properties of a Result.
             * @deprecated Use odradek.v1.CommitOffsetsResponse.Result.$Properties instead.
             */
            interface IResult extends odradek.v1.CommitOffsetsResponse.Result.$Properties {
            }

            /** Represents a Result. */
            class Result {

                /**
                 * Constructs a new Result.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: odradek.v1.CommitOffsetsResponse.Result.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Result topic. */
                topic: string;

                /** Result partition. */
                partition: number;

                /** Result error. */
                error?: (odradek.v1.Error.$Properties|null);

                /**
                 * Creates a new Result instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Result instance
                 */
                static create(properties: odradek.v1.CommitOffsetsResponse.Result.$Shape): odradek.v1.CommitOffsetsResponse.Result & odradek.v1.CommitOffsetsResponse.Result.$Shape;
                static create(properties?: odradek.v1.CommitOffsetsResponse.Result.$Properties): odradek.v1.CommitOffsetsResponse.Result;

                /**
                 * Encodes the specified Result message. Does not implicitly {@link odradek.v1.CommitOffsetsResponse.Result.verify|verify} messages.
                 * @param message Result message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: odradek.v1.CommitOffsetsResponse.Result.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Result message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {odradek.v1.CommitOffsetsResponse.Result & odradek.v1.CommitOffsetsResponse.Result.$Shape} Result
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.CommitOffsetsResponse.Result & odradek.v1.CommitOffsetsResponse.Result.$Shape;
            }

            namespace Result {

                /** Properties of a Result. */
                interface $Properties {

                    /** Result topic */
                    topic?: (string|null);

                    /** Result partition */
                    partition?: (number|null);

                    /** Result error */
                    error?: (odradek.v1.Error.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Result. */
                type $Shape = odradek.v1.CommitOffsetsResponse.Result.$Properties;
            }
        }

        /**
         * Properties of a FetchOffsetsRequest.
         * @deprecated Use odradek.v1.FetchOffsetsRequest.$Properties instead.
         */
        interface IFetchOffsetsRequest extends odradek.v1.FetchOffsetsRequest.$Properties {
        }

        /** Represents a FetchOffsetsRequest. */
        class FetchOffsetsRequest {

            /**
             * Constructs a new FetchOffsetsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FetchOffsetsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FetchOffsetsRequest group. */
            group: string;

            /** FetchOffsetsRequest partitions. */
            partitions: odradek.v1.OffsetPartition.$Properties[];

            /** FetchOffsetsRequest requireStable. */
            requireStable: boolean;

            /**
             * Creates a new FetchOffsetsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FetchOffsetsRequest instance
             */
            static create(properties: odradek.v1.FetchOffsetsRequest.$Shape): odradek.v1.FetchOffsetsRequest & odradek.v1.FetchOffsetsRequest.$Shape;
            static create(properties?: odradek.v1.FetchOffsetsRequest.$Properties): odradek.v1.FetchOffsetsRequest;

            /**
             * Encodes the specified FetchOffsetsRequest message. Does not implicitly {@link odradek.v1.FetchOffsetsRequest.verify|verify} messages.
             * @param message FetchOffsetsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FetchOffsetsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FetchOffsetsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FetchOffsetsRequest & odradek.v1.FetchOffsetsRequest.$Shape} FetchOffsetsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FetchOffsetsRequest & odradek.v1.FetchOffsetsRequest.$Shape;
        }

        namespace FetchOffsetsRequest {

            /** Properties of a FetchOffsetsRequest. */
            interface $Properties {

                /** FetchOffsetsRequest group */
                group?: (string|null);

                /** FetchOffsetsRequest partitions */
                partitions?: (odradek.v1.OffsetPartition.$Properties[]|null);

                /** FetchOffsetsRequest requireStable */
                requireStable?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FetchOffsetsRequest. */
            type $Shape = odradek.v1.FetchOffsetsRequest.$Properties;
        }

        /**
         * Properties of an OffsetPartition.
         * @deprecated Use odradek.v1.OffsetPartition.$Properties instead.
         */
        interface IOffsetPartition extends odradek.v1.OffsetPartition.$Properties {
        }

        /** Represents an OffsetPartition. */
        class OffsetPartition {

            /**
             * Constructs a new OffsetPartition.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.OffsetPartition.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** OffsetPartition topic. */
            topic: string;

            /** OffsetPartition partition. */
            partition: number;

            /**
             * Creates a new OffsetPartition instance using the specified properties.
             * @param [properties] Properties to set
             * @returns OffsetPartition instance
             */
            static create(properties: odradek.v1.OffsetPartition.$Shape): odradek.v1.OffsetPartition & odradek.v1.OffsetPartition.$Shape;
            static create(properties?: odradek.v1.OffsetPartition.$Properties): odradek.v1.OffsetPartition;

            /**
             * Encodes the specified OffsetPartition message. Does not implicitly {@link odradek.v1.OffsetPartition.verify|verify} messages.
             * @param message OffsetPartition message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.OffsetPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an OffsetPartition message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.OffsetPartition & odradek.v1.OffsetPartition.$Shape} OffsetPartition
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.OffsetPartition & odradek.v1.OffsetPartition.$Shape;
        }

        namespace OffsetPartition {

            /** Properties of an OffsetPartition. */
            interface $Properties {

                /** OffsetPartition topic */
                topic?: (string|null);

                /** OffsetPartition partition */
                partition?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an OffsetPartition. */
            type $Shape = odradek.v1.OffsetPartition.$Properties;
        }

        /**
         * Properties of a FetchOffsetsResponse.
         * @deprecated Use odradek.v1.FetchOffsetsResponse.$Properties instead.
         */
        interface IFetchOffsetsResponse extends odradek.v1.FetchOffsetsResponse.$Properties {
        }

        /** Represents a FetchOffsetsResponse. */
        class FetchOffsetsResponse {

            /**
             * Constructs a new FetchOffsetsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.FetchOffsetsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FetchOffsetsResponse offsets. */
            offsets: odradek.v1.CommittedOffset.$Properties[];

            /**
             * Creates a new FetchOffsetsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FetchOffsetsResponse instance
             */
            static create(properties: odradek.v1.FetchOffsetsResponse.$Shape): odradek.v1.FetchOffsetsResponse & odradek.v1.FetchOffsetsResponse.$Shape;
            static create(properties?: odradek.v1.FetchOffsetsResponse.$Properties): odradek.v1.FetchOffsetsResponse;

            /**
             * Encodes the specified FetchOffsetsResponse message. Does not implicitly {@link odradek.v1.FetchOffsetsResponse.verify|verify} messages.
             * @param message FetchOffsetsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.FetchOffsetsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FetchOffsetsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.FetchOffsetsResponse & odradek.v1.FetchOffsetsResponse.$Shape} FetchOffsetsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.FetchOffsetsResponse & odradek.v1.FetchOffsetsResponse.$Shape;
        }

        namespace FetchOffsetsResponse {

            /** Properties of a FetchOffsetsResponse. */
            interface $Properties {

                /** FetchOffsetsResponse offsets */
                offsets?: (odradek.v1.CommittedOffset.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FetchOffsetsResponse. */
            type $Shape = odradek.v1.FetchOffsetsResponse.$Properties;
        }

        /**
         * Properties of a ListGroupsRequest.
         * @deprecated Use odradek.v1.ListGroupsRequest.$Properties instead.
         */
        interface IListGroupsRequest extends odradek.v1.ListGroupsRequest.$Properties {
        }

        /** Represents a ListGroupsRequest. */
        class ListGroupsRequest {

            /**
             * Constructs a new ListGroupsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ListGroupsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Creates a new ListGroupsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ListGroupsRequest instance
             */
            static create(properties: odradek.v1.ListGroupsRequest.$Shape): odradek.v1.ListGroupsRequest & odradek.v1.ListGroupsRequest.$Shape;
            static create(properties?: odradek.v1.ListGroupsRequest.$Properties): odradek.v1.ListGroupsRequest;

            /**
             * Encodes the specified ListGroupsRequest message. Does not implicitly {@link odradek.v1.ListGroupsRequest.verify|verify} messages.
             * @param message ListGroupsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ListGroupsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ListGroupsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ListGroupsRequest & odradek.v1.ListGroupsRequest.$Shape} ListGroupsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ListGroupsRequest & odradek.v1.ListGroupsRequest.$Shape;
        }

        namespace ListGroupsRequest {

            /** Properties of a ListGroupsRequest. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ListGroupsRequest. */
            type $Shape = odradek.v1.ListGroupsRequest.$Properties;
        }

        /**
         * Properties of a ListGroupsResponse.
         * @deprecated Use odradek.v1.ListGroupsResponse.$Properties instead.
         */
        interface IListGroupsResponse extends odradek.v1.ListGroupsResponse.$Properties {
        }

        /** Represents a ListGroupsResponse. */
        class ListGroupsResponse {

            /**
             * Constructs a new ListGroupsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ListGroupsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ListGroupsResponse groups. */
            groups: string[];

            /**
             * Creates a new ListGroupsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ListGroupsResponse instance
             */
            static create(properties: odradek.v1.ListGroupsResponse.$Shape): odradek.v1.ListGroupsResponse & odradek.v1.ListGroupsResponse.$Shape;
            static create(properties?: odradek.v1.ListGroupsResponse.$Properties): odradek.v1.ListGroupsResponse;

            /**
             * Encodes the specified ListGroupsResponse message. Does not implicitly {@link odradek.v1.ListGroupsResponse.verify|verify} messages.
             * @param message ListGroupsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ListGroupsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ListGroupsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ListGroupsResponse & odradek.v1.ListGroupsResponse.$Shape} ListGroupsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ListGroupsResponse & odradek.v1.ListGroupsResponse.$Shape;
        }

        namespace ListGroupsResponse {

            /** Properties of a ListGroupsResponse. */
            interface $Properties {

                /** ListGroupsResponse groups */
                groups?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ListGroupsResponse. */
            type $Shape = odradek.v1.ListGroupsResponse.$Properties;
        }

        /**
         * Properties of a DeleteOffsetsRequest.
         * @deprecated Use odradek.v1.DeleteOffsetsRequest.$Properties instead.
         */
        interface IDeleteOffsetsRequest extends odradek.v1.DeleteOffsetsRequest.$Properties {
        }

        /** Represents a DeleteOffsetsRequest. */
        class DeleteOffsetsRequest {

            /**
             * Constructs a new DeleteOffsetsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DeleteOffsetsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DeleteOffsetsRequest group. */
            group: string;

            /** DeleteOffsetsRequest partitions. */
            partitions: odradek.v1.OffsetPartition.$Properties[];

            /**
             * Creates a new DeleteOffsetsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DeleteOffsetsRequest instance
             */
            static create(properties: odradek.v1.DeleteOffsetsRequest.$Shape): odradek.v1.DeleteOffsetsRequest & odradek.v1.DeleteOffsetsRequest.$Shape;
            static create(properties?: odradek.v1.DeleteOffsetsRequest.$Properties): odradek.v1.DeleteOffsetsRequest;

            /**
             * Encodes the specified DeleteOffsetsRequest message. Does not implicitly {@link odradek.v1.DeleteOffsetsRequest.verify|verify} messages.
             * @param message DeleteOffsetsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DeleteOffsetsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DeleteOffsetsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DeleteOffsetsRequest & odradek.v1.DeleteOffsetsRequest.$Shape} DeleteOffsetsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DeleteOffsetsRequest & odradek.v1.DeleteOffsetsRequest.$Shape;
        }

        namespace DeleteOffsetsRequest {

            /** Properties of a DeleteOffsetsRequest. */
            interface $Properties {

                /** DeleteOffsetsRequest group */
                group?: (string|null);

                /** DeleteOffsetsRequest partitions */
                partitions?: (odradek.v1.OffsetPartition.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DeleteOffsetsRequest. */
            type $Shape = odradek.v1.DeleteOffsetsRequest.$Properties;
        }

        /**
         * Properties of a DeleteOffsetsResponse.
         * @deprecated Use odradek.v1.DeleteOffsetsResponse.$Properties instead.
         */
        interface IDeleteOffsetsResponse extends odradek.v1.DeleteOffsetsResponse.$Properties {
        }

        /** Represents a DeleteOffsetsResponse. */
        class DeleteOffsetsResponse {

            /**
             * Constructs a new DeleteOffsetsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DeleteOffsetsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Creates a new DeleteOffsetsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DeleteOffsetsResponse instance
             */
            static create(properties: odradek.v1.DeleteOffsetsResponse.$Shape): odradek.v1.DeleteOffsetsResponse & odradek.v1.DeleteOffsetsResponse.$Shape;
            static create(properties?: odradek.v1.DeleteOffsetsResponse.$Properties): odradek.v1.DeleteOffsetsResponse;

            /**
             * Encodes the specified DeleteOffsetsResponse message. Does not implicitly {@link odradek.v1.DeleteOffsetsResponse.verify|verify} messages.
             * @param message DeleteOffsetsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DeleteOffsetsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DeleteOffsetsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DeleteOffsetsResponse & odradek.v1.DeleteOffsetsResponse.$Shape} DeleteOffsetsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DeleteOffsetsResponse & odradek.v1.DeleteOffsetsResponse.$Shape;
        }

        namespace DeleteOffsetsResponse {

            /** Properties of a DeleteOffsetsResponse. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DeleteOffsetsResponse. */
            type $Shape = odradek.v1.DeleteOffsetsResponse.$Properties;
        }

        /**
         * Properties of a GetMetadataRequest.
         * @deprecated Use odradek.v1.GetMetadataRequest.$Properties instead.
         */
        interface IGetMetadataRequest extends odradek.v1.GetMetadataRequest.$Properties {
        }

        /** Represents a GetMetadataRequest. */
        class GetMetadataRequest {

            /**
             * Constructs a new GetMetadataRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.GetMetadataRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** GetMetadataRequest topics. */
            topics: string[];

            /** GetMetadataRequest noTopics. */
            noTopics: boolean;

            /**
             * Creates a new GetMetadataRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns GetMetadataRequest instance
             */
            static create(properties: odradek.v1.GetMetadataRequest.$Shape): odradek.v1.GetMetadataRequest & odradek.v1.GetMetadataRequest.$Shape;
            static create(properties?: odradek.v1.GetMetadataRequest.$Properties): odradek.v1.GetMetadataRequest;

            /**
             * Encodes the specified GetMetadataRequest message. Does not implicitly {@link odradek.v1.GetMetadataRequest.verify|verify} messages.
             * @param message GetMetadataRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.GetMetadataRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a GetMetadataRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.GetMetadataRequest & odradek.v1.GetMetadataRequest.$Shape} GetMetadataRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.GetMetadataRequest & odradek.v1.GetMetadataRequest.$Shape;
        }

        namespace GetMetadataRequest {

            /** Properties of a GetMetadataRequest. */
            interface $Properties {

                /** GetMetadataRequest topics */
                topics?: (string[]|null);

                /** GetMetadataRequest noTopics */
                noTopics?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a GetMetadataRequest. */
            type $Shape = odradek.v1.GetMetadataRequest.$Properties;
        }

        /**
         * Properties of a BrokerMetadata.
         * @deprecated Use odradek.v1.BrokerMetadata.$Properties instead.
         */
        interface IBrokerMetadata extends odradek.v1.BrokerMetadata.$Properties {
        }

        /** Represents a BrokerMetadata. */
        class BrokerMetadata {

            /**
             * Constructs a new BrokerMetadata.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.BrokerMetadata.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** BrokerMetadata id. */
            id: number;

            /** BrokerMetadata epoch. */
            epoch: number;

            /** BrokerMetadata host. */
            host: string;

            /** BrokerMetadata port. */
            port: number;

            /** BrokerMetadata rack. */
            rack: string;

            /** BrokerMetadata state. */
            state: string;

            /** BrokerMetadata httpAddress. */
            httpAddress: string;

            /** BrokerMetadata pid. */
            pid: number;

            /** BrokerMetadata dataDirectory. */
            dataDirectory: string;

            /**
             * Creates a new BrokerMetadata instance using the specified properties.
             * @param [properties] Properties to set
             * @returns BrokerMetadata instance
             */
            static create(properties: odradek.v1.BrokerMetadata.$Shape): odradek.v1.BrokerMetadata & odradek.v1.BrokerMetadata.$Shape;
            static create(properties?: odradek.v1.BrokerMetadata.$Properties): odradek.v1.BrokerMetadata;

            /**
             * Encodes the specified BrokerMetadata message. Does not implicitly {@link odradek.v1.BrokerMetadata.verify|verify} messages.
             * @param message BrokerMetadata message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.BrokerMetadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a BrokerMetadata message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.BrokerMetadata & odradek.v1.BrokerMetadata.$Shape} BrokerMetadata
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.BrokerMetadata & odradek.v1.BrokerMetadata.$Shape;
        }

        namespace BrokerMetadata {

            /** Properties of a BrokerMetadata. */
            interface $Properties {

                /** BrokerMetadata id */
                id?: (number|null);

                /** BrokerMetadata epoch */
                epoch?: (number|null);

                /** BrokerMetadata host */
                host?: (string|null);

                /** BrokerMetadata port */
                port?: (number|null);

                /** BrokerMetadata rack */
                rack?: (string|null);

                /** BrokerMetadata state */
                state?: (string|null);

                /** BrokerMetadata httpAddress */
                httpAddress?: (string|null);

                /** BrokerMetadata pid */
                pid?: (number|null);

                /** BrokerMetadata dataDirectory */
                dataDirectory?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a BrokerMetadata. */
            type $Shape = odradek.v1.BrokerMetadata.$Properties;
        }

        /**
         * Properties of a PartitionMetadata.
         * @deprecated Use odradek.v1.PartitionMetadata.$Properties instead.
         */
        interface IPartitionMetadata extends odradek.v1.PartitionMetadata.$Properties {
        }

        /** Represents a PartitionMetadata. */
        class PartitionMetadata {

            /**
             * Constructs a new PartitionMetadata.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.PartitionMetadata.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PartitionMetadata partition. */
            partition: number;

            /** PartitionMetadata leader. */
            leader: number;

            /** PartitionMetadata leaderEpoch. */
            leaderEpoch: number;

            /** PartitionMetadata partitionEpoch. */
            partitionEpoch: number;

            /** PartitionMetadata replicas. */
            replicas: number[];

            /** PartitionMetadata isr. */
            isr: number[];

            /** PartitionMetadata eligibleLeaderReplicas. */
            eligibleLeaderReplicas: number[];

            /** PartitionMetadata minInsyncReplicas. */
            minInsyncReplicas: number;

            /**
             * Creates a new PartitionMetadata instance using the specified properties.
             * @param [properties] Properties to set
             * @returns PartitionMetadata instance
             */
            static create(properties: odradek.v1.PartitionMetadata.$Shape): odradek.v1.PartitionMetadata & odradek.v1.PartitionMetadata.$Shape;
            static create(properties?: odradek.v1.PartitionMetadata.$Properties): odradek.v1.PartitionMetadata;

            /**
             * Encodes the specified PartitionMetadata message. Does not implicitly {@link odradek.v1.PartitionMetadata.verify|verify} messages.
             * @param message PartitionMetadata message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.PartitionMetadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PartitionMetadata message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.PartitionMetadata & odradek.v1.PartitionMetadata.$Shape} PartitionMetadata
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.PartitionMetadata & odradek.v1.PartitionMetadata.$Shape;
        }

        namespace PartitionMetadata {

            /** Properties of a PartitionMetadata. */
            interface $Properties {

                /** PartitionMetadata partition */
                partition?: (number|null);

                /** PartitionMetadata leader */
                leader?: (number|null);

                /** PartitionMetadata leaderEpoch */
                leaderEpoch?: (number|null);

                /** PartitionMetadata partitionEpoch */
                partitionEpoch?: (number|null);

                /** PartitionMetadata replicas */
                replicas?: (number[]|null);

                /** PartitionMetadata isr */
                isr?: (number[]|null);

                /** PartitionMetadata eligibleLeaderReplicas */
                eligibleLeaderReplicas?: (number[]|null);

                /** PartitionMetadata minInsyncReplicas */
                minInsyncReplicas?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PartitionMetadata. */
            type $Shape = odradek.v1.PartitionMetadata.$Properties;
        }

        /**
         * Properties of a TopicMetadata.
         * @deprecated Use odradek.v1.TopicMetadata.$Properties instead.
         */
        interface ITopicMetadata extends odradek.v1.TopicMetadata.$Properties {
        }

        /** Represents a TopicMetadata. */
        class TopicMetadata {

            /**
             * Constructs a new TopicMetadata.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.TopicMetadata.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TopicMetadata name. */
            name: string;

            /** TopicMetadata topicId. */
            topicId: string;

            /** TopicMetadata error. */
            error?: (odradek.v1.Error.$Properties|null);

            /** TopicMetadata partitions. */
            partitions: odradek.v1.PartitionMetadata.$Properties[];

            /** TopicMetadata settings. */
            settings: { [k: string]: string };

            /** TopicMetadata effectiveSettings. */
            effectiveSettings: { [k: string]: string };

            /**
             * Creates a new TopicMetadata instance using the specified properties.
             * @param [properties] Properties to set
             * @returns TopicMetadata instance
             */
            static create(properties: odradek.v1.TopicMetadata.$Shape): odradek.v1.TopicMetadata & odradek.v1.TopicMetadata.$Shape;
            static create(properties?: odradek.v1.TopicMetadata.$Properties): odradek.v1.TopicMetadata;

            /**
             * Encodes the specified TopicMetadata message. Does not implicitly {@link odradek.v1.TopicMetadata.verify|verify} messages.
             * @param message TopicMetadata message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.TopicMetadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TopicMetadata message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.TopicMetadata & odradek.v1.TopicMetadata.$Shape} TopicMetadata
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.TopicMetadata & odradek.v1.TopicMetadata.$Shape;
        }

        namespace TopicMetadata {

            /** Properties of a TopicMetadata. */
            interface $Properties {

                /** TopicMetadata name */
                name?: (string|null);

                /** TopicMetadata topicId */
                topicId?: (string|null);

                /** TopicMetadata error */
                error?: (odradek.v1.Error.$Properties|null);

                /** TopicMetadata partitions */
                partitions?: (odradek.v1.PartitionMetadata.$Properties[]|null);

                /** TopicMetadata settings */
                settings?: ({ [k: string]: string }|null);

                /** TopicMetadata effectiveSettings */
                effectiveSettings?: ({ [k: string]: string }|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TopicMetadata. */
            type $Shape = odradek.v1.TopicMetadata.$Properties;
        }

        /**
         * Properties of a Metadata.
         * @deprecated Use odradek.v1.Metadata.$Properties instead.
         */
        interface IMetadata extends odradek.v1.Metadata.$Properties {
        }

        /** Represents a Metadata. */
        class Metadata {

            /**
             * Constructs a new Metadata.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.Metadata.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Metadata clusterId. */
            clusterId: string;

            /** Metadata metadataOffset. */
            metadataOffset: number;

            /** Metadata controllerId. */
            controllerId: number;

            /** Metadata controllerEpoch. */
            controllerEpoch: number;

            /** Metadata controllerPid. */
            controllerPid: number;

            /** Metadata controllerReachable. */
            controllerReachable: boolean;

            /** Metadata brokers. */
            brokers: odradek.v1.BrokerMetadata.$Properties[];

            /** Metadata topics. */
            topics: odradek.v1.TopicMetadata.$Properties[];

            /**
             * Creates a new Metadata instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Metadata instance
             */
            static create(properties: odradek.v1.Metadata.$Shape): odradek.v1.Metadata & odradek.v1.Metadata.$Shape;
            static create(properties?: odradek.v1.Metadata.$Properties): odradek.v1.Metadata;

            /**
             * Encodes the specified Metadata message. Does not implicitly {@link odradek.v1.Metadata.verify|verify} messages.
             * @param message Metadata message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.Metadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Metadata message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.Metadata & odradek.v1.Metadata.$Shape} Metadata
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.Metadata & odradek.v1.Metadata.$Shape;
        }

        namespace Metadata {

            /** Properties of a Metadata. */
            interface $Properties {

                /** Metadata clusterId */
                clusterId?: (string|null);

                /** Metadata metadataOffset */
                metadataOffset?: (number|null);

                /** Metadata controllerId */
                controllerId?: (number|null);

                /** Metadata controllerEpoch */
                controllerEpoch?: (number|null);

                /** Metadata controllerPid */
                controllerPid?: (number|null);

                /** Metadata controllerReachable */
                controllerReachable?: (boolean|null);

                /** Metadata brokers */
                brokers?: (odradek.v1.BrokerMetadata.$Properties[]|null);

                /** Metadata topics */
                topics?: (odradek.v1.TopicMetadata.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Metadata. */
            type $Shape = odradek.v1.Metadata.$Properties;
        }

        /**
         * Properties of an Append.
         * @deprecated Use odradek.v1.Append.$Properties instead.
         */
        interface IAppend extends odradek.v1.Append.$Properties {
        }

        /** Represents an Append. */
        class Append {

            /**
             * Constructs a new Append.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.Append.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Append correlationId. */
            correlationId: number;

            /** Append topic. */
            topic: string;

            /** Append topicId. */
            topicId: string;

            /** Append partition. */
            partition: number;

            /** Append expectedLeaderEpoch. */
            expectedLeaderEpoch?: (number|null);

            /** Append recordBatch. */
            recordBatch: Uint8Array;

            /**
             * Creates a new Append instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Append instance
             */
            static create(properties: odradek.v1.Append.$Shape): odradek.v1.Append & odradek.v1.Append.$Shape;
            static create(properties?: odradek.v1.Append.$Properties): odradek.v1.Append;

            /**
             * Encodes the specified Append message. Does not implicitly {@link odradek.v1.Append.verify|verify} messages.
             * @param message Append message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.Append.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Append message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.Append & odradek.v1.Append.$Shape} Append
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.Append & odradek.v1.Append.$Shape;
        }

        namespace Append {

            /** Properties of an Append. */
            interface $Properties {

                /** Append correlationId */
                correlationId?: (number|null);

                /** Append topic */
                topic?: (string|null);

                /** Append topicId */
                topicId?: (string|null);

                /** Append partition */
                partition?: (number|null);

                /** Append expectedLeaderEpoch */
                expectedLeaderEpoch?: (number|null);

                /** Append recordBatch */
                recordBatch?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Append. */
            type $Shape = odradek.v1.Append.$Properties;
        }

        /**
         * Properties of an AppendResult.
         * @deprecated Use odradek.v1.AppendResult.$Properties instead.
         */
        interface IAppendResult extends odradek.v1.AppendResult.$Properties {
        }

        /** Represents an AppendResult. */
        class AppendResult {

            /**
             * Constructs a new AppendResult.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.AppendResult.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AppendResult correlationId. */
            correlationId: number;

            /** AppendResult error. */
            error?: (odradek.v1.Error.$Properties|null);

            /** AppendResult baseOffset. */
            baseOffset: number;

            /** AppendResult logStartOffset. */
            logStartOffset: number;

            /**
             * Creates a new AppendResult instance using the specified properties.
             * @param [properties] Properties to set
             * @returns AppendResult instance
             */
            static create(properties: odradek.v1.AppendResult.$Shape): odradek.v1.AppendResult & odradek.v1.AppendResult.$Shape;
            static create(properties?: odradek.v1.AppendResult.$Properties): odradek.v1.AppendResult;

            /**
             * Encodes the specified AppendResult message. Does not implicitly {@link odradek.v1.AppendResult.verify|verify} messages.
             * @param message AppendResult message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.AppendResult.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AppendResult message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.AppendResult & odradek.v1.AppendResult.$Shape} AppendResult
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.AppendResult & odradek.v1.AppendResult.$Shape;
        }

        namespace AppendResult {

            /** Properties of an AppendResult. */
            interface $Properties {

                /** AppendResult correlationId */
                correlationId?: (number|null);

                /** AppendResult error */
                error?: (odradek.v1.Error.$Properties|null);

                /** AppendResult baseOffset */
                baseOffset?: (number|null);

                /** AppendResult logStartOffset */
                logStartOffset?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AppendResult. */
            type $Shape = odradek.v1.AppendResult.$Properties;
        }

        /**
         * Properties of a ProduceRequest.
         * @deprecated Use odradek.v1.ProduceRequest.$Properties instead.
         */
        interface IProduceRequest extends odradek.v1.ProduceRequest.$Properties {
        }

        /** Represents a ProduceRequest. */
        class ProduceRequest {

            /**
             * Constructs a new ProduceRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ProduceRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ProduceRequest clientId. */
            clientId: string;

            /** ProduceRequest acks. */
            acks: odradek.v1.Acks;

            /** ProduceRequest timeoutMs. */
            timeoutMs: number;

            /** ProduceRequest appends. */
            appends: odradek.v1.Append.$Properties[];

            /** ProduceRequest transactionalId. */
            transactionalId: string;

            /**
             * Creates a new ProduceRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ProduceRequest instance
             */
            static create(properties: odradek.v1.ProduceRequest.$Shape): odradek.v1.ProduceRequest & odradek.v1.ProduceRequest.$Shape;
            static create(properties?: odradek.v1.ProduceRequest.$Properties): odradek.v1.ProduceRequest;

            /**
             * Encodes the specified ProduceRequest message. Does not implicitly {@link odradek.v1.ProduceRequest.verify|verify} messages.
             * @param message ProduceRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ProduceRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ProduceRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ProduceRequest & odradek.v1.ProduceRequest.$Shape} ProduceRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ProduceRequest & odradek.v1.ProduceRequest.$Shape;
        }

        namespace ProduceRequest {

            /** Properties of a ProduceRequest. */
            interface $Properties {

                /** ProduceRequest clientId */
                clientId?: (string|null);

                /** ProduceRequest acks */
                acks?: (odradek.v1.Acks|null);

                /** ProduceRequest timeoutMs */
                timeoutMs?: (number|null);

                /** ProduceRequest appends */
                appends?: (odradek.v1.Append.$Properties[]|null);

                /** ProduceRequest transactionalId */
                transactionalId?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ProduceRequest. */
            type $Shape = odradek.v1.ProduceRequest.$Properties;
        }

        /**
         * Properties of a ProduceResponse.
         * @deprecated Use odradek.v1.ProduceResponse.$Properties instead.
         */
        interface IProduceResponse extends odradek.v1.ProduceResponse.$Properties {
        }

        /** Represents a ProduceResponse. */
        class ProduceResponse {

            /**
             * Constructs a new ProduceResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ProduceResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ProduceResponse results. */
            results: odradek.v1.AppendResult.$Properties[];

            /**
             * Creates a new ProduceResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ProduceResponse instance
             */
            static create(properties: odradek.v1.ProduceResponse.$Shape): odradek.v1.ProduceResponse & odradek.v1.ProduceResponse.$Shape;
            static create(properties?: odradek.v1.ProduceResponse.$Properties): odradek.v1.ProduceResponse;

            /**
             * Encodes the specified ProduceResponse message. Does not implicitly {@link odradek.v1.ProduceResponse.verify|verify} messages.
             * @param message ProduceResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ProduceResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ProduceResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ProduceResponse & odradek.v1.ProduceResponse.$Shape} ProduceResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ProduceResponse & odradek.v1.ProduceResponse.$Shape;
        }

        namespace ProduceResponse {

            /** Properties of a ProduceResponse. */
            interface $Properties {

                /** ProduceResponse results */
                results?: (odradek.v1.AppendResult.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ProduceResponse. */
            type $Shape = odradek.v1.ProduceResponse.$Properties;
        }

        /**
         * Properties of a ProduceStreamOpen.
         * @deprecated Use odradek.v1.ProduceStreamOpen.$Properties instead.
         */
        interface IProduceStreamOpen extends odradek.v1.ProduceStreamOpen.$Properties {
        }

        /** Represents a ProduceStreamOpen. */
        class ProduceStreamOpen {

            /**
             * Constructs a new ProduceStreamOpen.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ProduceStreamOpen.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ProduceStreamOpen clientId. */
            clientId: string;

            /** ProduceStreamOpen acks. */
            acks: odradek.v1.Acks;

            /** ProduceStreamOpen timeoutMs. */
            timeoutMs: number;

            /** ProduceStreamOpen transactionalId. */
            transactionalId: string;

            /**
             * Creates a new ProduceStreamOpen instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ProduceStreamOpen instance
             */
            static create(properties: odradek.v1.ProduceStreamOpen.$Shape): odradek.v1.ProduceStreamOpen & odradek.v1.ProduceStreamOpen.$Shape;
            static create(properties?: odradek.v1.ProduceStreamOpen.$Properties): odradek.v1.ProduceStreamOpen;

            /**
             * Encodes the specified ProduceStreamOpen message. Does not implicitly {@link odradek.v1.ProduceStreamOpen.verify|verify} messages.
             * @param message ProduceStreamOpen message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ProduceStreamOpen.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ProduceStreamOpen message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ProduceStreamOpen & odradek.v1.ProduceStreamOpen.$Shape} ProduceStreamOpen
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ProduceStreamOpen & odradek.v1.ProduceStreamOpen.$Shape;
        }

        namespace ProduceStreamOpen {

            /** Properties of a ProduceStreamOpen. */
            interface $Properties {

                /** ProduceStreamOpen clientId */
                clientId?: (string|null);

                /** ProduceStreamOpen acks */
                acks?: (odradek.v1.Acks|null);

                /** ProduceStreamOpen timeoutMs */
                timeoutMs?: (number|null);

                /** ProduceStreamOpen transactionalId */
                transactionalId?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ProduceStreamOpen. */
            type $Shape = odradek.v1.ProduceStreamOpen.$Properties;
        }

        /**
         * Properties of a ProduceStreamRequest.
         * @deprecated Use odradek.v1.ProduceStreamRequest.$Properties instead.
         */
        interface IProduceStreamRequest extends odradek.v1.ProduceStreamRequest.$Properties {
        }

        /** Represents a ProduceStreamRequest. */
        class ProduceStreamRequest {

            /**
             * Constructs a new ProduceStreamRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ProduceStreamRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ProduceStreamRequest open. */
            open?: (odradek.v1.ProduceStreamOpen.$Properties|null);

            /** ProduceStreamRequest appends. */
            appends: odradek.v1.Append.$Properties[];

            /**
             * Creates a new ProduceStreamRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ProduceStreamRequest instance
             */
            static create(properties: odradek.v1.ProduceStreamRequest.$Shape): odradek.v1.ProduceStreamRequest & odradek.v1.ProduceStreamRequest.$Shape;
            static create(properties?: odradek.v1.ProduceStreamRequest.$Properties): odradek.v1.ProduceStreamRequest;

            /**
             * Encodes the specified ProduceStreamRequest message. Does not implicitly {@link odradek.v1.ProduceStreamRequest.verify|verify} messages.
             * @param message ProduceStreamRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ProduceStreamRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ProduceStreamRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ProduceStreamRequest & odradek.v1.ProduceStreamRequest.$Shape} ProduceStreamRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ProduceStreamRequest & odradek.v1.ProduceStreamRequest.$Shape;
        }

        namespace ProduceStreamRequest {

            /** Properties of a ProduceStreamRequest. */
            interface $Properties {

                /** ProduceStreamRequest open */
                open?: (odradek.v1.ProduceStreamOpen.$Properties|null);

                /** ProduceStreamRequest appends */
                appends?: (odradek.v1.Append.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ProduceStreamRequest. */
            type $Shape = odradek.v1.ProduceStreamRequest.$Properties;
        }

        /**
         * Properties of a ProduceStreamResponse.
         * @deprecated Use odradek.v1.ProduceStreamResponse.$Properties instead.
         */
        interface IProduceStreamResponse extends odradek.v1.ProduceStreamResponse.$Properties {
        }

        /** Represents a ProduceStreamResponse. */
        class ProduceStreamResponse {

            /**
             * Constructs a new ProduceStreamResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.ProduceStreamResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ProduceStreamResponse results. */
            results: odradek.v1.AppendResult.$Properties[];

            /**
             * Creates a new ProduceStreamResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ProduceStreamResponse instance
             */
            static create(properties: odradek.v1.ProduceStreamResponse.$Shape): odradek.v1.ProduceStreamResponse & odradek.v1.ProduceStreamResponse.$Shape;
            static create(properties?: odradek.v1.ProduceStreamResponse.$Properties): odradek.v1.ProduceStreamResponse;

            /**
             * Encodes the specified ProduceStreamResponse message. Does not implicitly {@link odradek.v1.ProduceStreamResponse.verify|verify} messages.
             * @param message ProduceStreamResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.ProduceStreamResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ProduceStreamResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.ProduceStreamResponse & odradek.v1.ProduceStreamResponse.$Shape} ProduceStreamResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.ProduceStreamResponse & odradek.v1.ProduceStreamResponse.$Shape;
        }

        namespace ProduceStreamResponse {

            /** Properties of a ProduceStreamResponse. */
            interface $Properties {

                /** ProduceStreamResponse results */
                results?: (odradek.v1.AppendResult.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ProduceStreamResponse. */
            type $Shape = odradek.v1.ProduceStreamResponse.$Properties;
        }

        /**
         * Properties of an InitProducerIdRequest.
         * @deprecated Use odradek.v1.InitProducerIdRequest.$Properties instead.
         */
        interface IInitProducerIdRequest extends odradek.v1.InitProducerIdRequest.$Properties {
        }

        /** Represents an InitProducerIdRequest. */
        class InitProducerIdRequest {

            /**
             * Constructs a new InitProducerIdRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.InitProducerIdRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** InitProducerIdRequest transactionalId. */
            transactionalId: string;

            /** InitProducerIdRequest transactionTimeoutMs. */
            transactionTimeoutMs: number;

            /**
             * Creates a new InitProducerIdRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns InitProducerIdRequest instance
             */
            static create(properties: odradek.v1.InitProducerIdRequest.$Shape): odradek.v1.InitProducerIdRequest & odradek.v1.InitProducerIdRequest.$Shape;
            static create(properties?: odradek.v1.InitProducerIdRequest.$Properties): odradek.v1.InitProducerIdRequest;

            /**
             * Encodes the specified InitProducerIdRequest message. Does not implicitly {@link odradek.v1.InitProducerIdRequest.verify|verify} messages.
             * @param message InitProducerIdRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.InitProducerIdRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an InitProducerIdRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.InitProducerIdRequest & odradek.v1.InitProducerIdRequest.$Shape} InitProducerIdRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.InitProducerIdRequest & odradek.v1.InitProducerIdRequest.$Shape;
        }

        namespace InitProducerIdRequest {

            /** Properties of an InitProducerIdRequest. */
            interface $Properties {

                /** InitProducerIdRequest transactionalId */
                transactionalId?: (string|null);

                /** InitProducerIdRequest transactionTimeoutMs */
                transactionTimeoutMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an InitProducerIdRequest. */
            type $Shape = odradek.v1.InitProducerIdRequest.$Properties;
        }

        /**
         * Properties of an InitProducerIdResponse.
         * @deprecated Use odradek.v1.InitProducerIdResponse.$Properties instead.
         */
        interface IInitProducerIdResponse extends odradek.v1.InitProducerIdResponse.$Properties {
        }

        /** Represents an InitProducerIdResponse. */
        class InitProducerIdResponse {

            /**
             * Constructs a new InitProducerIdResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.InitProducerIdResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** InitProducerIdResponse producerId. */
            producerId: number;

            /** InitProducerIdResponse producerEpoch. */
            producerEpoch: number;

            /**
             * Creates a new InitProducerIdResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns InitProducerIdResponse instance
             */
            static create(properties: odradek.v1.InitProducerIdResponse.$Shape): odradek.v1.InitProducerIdResponse & odradek.v1.InitProducerIdResponse.$Shape;
            static create(properties?: odradek.v1.InitProducerIdResponse.$Properties): odradek.v1.InitProducerIdResponse;

            /**
             * Encodes the specified InitProducerIdResponse message. Does not implicitly {@link odradek.v1.InitProducerIdResponse.verify|verify} messages.
             * @param message InitProducerIdResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.InitProducerIdResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an InitProducerIdResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.InitProducerIdResponse & odradek.v1.InitProducerIdResponse.$Shape} InitProducerIdResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.InitProducerIdResponse & odradek.v1.InitProducerIdResponse.$Shape;
        }

        namespace InitProducerIdResponse {

            /** Properties of an InitProducerIdResponse. */
            interface $Properties {

                /** InitProducerIdResponse producerId */
                producerId?: (number|null);

                /** InitProducerIdResponse producerEpoch */
                producerEpoch?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an InitProducerIdResponse. */
            type $Shape = odradek.v1.InitProducerIdResponse.$Properties;
        }

        /**
         * Properties of a TransactionPartition.
         * @deprecated Use odradek.v1.TransactionPartition.$Properties instead.
         */
        interface ITransactionPartition extends odradek.v1.TransactionPartition.$Properties {
        }

        /** Represents a TransactionPartition. */
        class TransactionPartition {

            /**
             * Constructs a new TransactionPartition.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.TransactionPartition.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TransactionPartition topic. */
            topic: string;

            /** TransactionPartition partition. */
            partition: number;

            /**
             * Creates a new TransactionPartition instance using the specified properties.
             * @param [properties] Properties to set
             * @returns TransactionPartition instance
             */
            static create(properties: odradek.v1.TransactionPartition.$Shape): odradek.v1.TransactionPartition & odradek.v1.TransactionPartition.$Shape;
            static create(properties?: odradek.v1.TransactionPartition.$Properties): odradek.v1.TransactionPartition;

            /**
             * Encodes the specified TransactionPartition message. Does not implicitly {@link odradek.v1.TransactionPartition.verify|verify} messages.
             * @param message TransactionPartition message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.TransactionPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TransactionPartition message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.TransactionPartition & odradek.v1.TransactionPartition.$Shape} TransactionPartition
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.TransactionPartition & odradek.v1.TransactionPartition.$Shape;
        }

        namespace TransactionPartition {

            /** Properties of a TransactionPartition. */
            interface $Properties {

                /** TransactionPartition topic */
                topic?: (string|null);

                /** TransactionPartition partition */
                partition?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TransactionPartition. */
            type $Shape = odradek.v1.TransactionPartition.$Properties;
        }

        /**
         * Properties of an AddPartitionsToTransactionRequest.
         * @deprecated Use odradek.v1.AddPartitionsToTransactionRequest.$Properties instead.
         */
        interface IAddPartitionsToTransactionRequest extends odradek.v1.AddPartitionsToTransactionRequest.$Properties {
        }

        /** Represents an AddPartitionsToTransactionRequest. */
        class AddPartitionsToTransactionRequest {

            /**
             * Constructs a new AddPartitionsToTransactionRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.AddPartitionsToTransactionRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AddPartitionsToTransactionRequest transactionalId. */
            transactionalId: string;

            /** AddPartitionsToTransactionRequest producerId. */
            producerId: number;

            /** AddPartitionsToTransactionRequest producerEpoch. */
            producerEpoch: number;

            /** AddPartitionsToTransactionRequest partitions. */
            partitions: odradek.v1.TransactionPartition.$Properties[];

            /** AddPartitionsToTransactionRequest groups. */
            groups: string[];

            /**
             * Creates a new AddPartitionsToTransactionRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns AddPartitionsToTransactionRequest instance
             */
            static create(properties: odradek.v1.AddPartitionsToTransactionRequest.$Shape): odradek.v1.AddPartitionsToTransactionRequest & odradek.v1.AddPartitionsToTransactionRequest.$Shape;
            static create(properties?: odradek.v1.AddPartitionsToTransactionRequest.$Properties): odradek.v1.AddPartitionsToTransactionRequest;

            /**
             * Encodes the specified AddPartitionsToTransactionRequest message. Does not implicitly {@link odradek.v1.AddPartitionsToTransactionRequest.verify|verify} messages.
             * @param message AddPartitionsToTransactionRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.AddPartitionsToTransactionRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AddPartitionsToTransactionRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.AddPartitionsToTransactionRequest & odradek.v1.AddPartitionsToTransactionRequest.$Shape} AddPartitionsToTransactionRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.AddPartitionsToTransactionRequest & odradek.v1.AddPartitionsToTransactionRequest.$Shape;
        }

        namespace AddPartitionsToTransactionRequest {

            /** Properties of an AddPartitionsToTransactionRequest. */
            interface $Properties {

                /** AddPartitionsToTransactionRequest transactionalId */
                transactionalId?: (string|null);

                /** AddPartitionsToTransactionRequest producerId */
                producerId?: (number|null);

                /** AddPartitionsToTransactionRequest producerEpoch */
                producerEpoch?: (number|null);

                /** AddPartitionsToTransactionRequest partitions */
                partitions?: (odradek.v1.TransactionPartition.$Properties[]|null);

                /** AddPartitionsToTransactionRequest groups */
                groups?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AddPartitionsToTransactionRequest. */
            type $Shape = odradek.v1.AddPartitionsToTransactionRequest.$Properties;
        }

        /**
         * Properties of an AddPartitionsToTransactionResponse.
         * @deprecated Use odradek.v1.AddPartitionsToTransactionResponse.$Properties instead.
         */
        interface IAddPartitionsToTransactionResponse extends odradek.v1.AddPartitionsToTransactionResponse.$Properties {
        }

        /** Represents an AddPartitionsToTransactionResponse. */
        class AddPartitionsToTransactionResponse {

            /**
             * Constructs a new AddPartitionsToTransactionResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.AddPartitionsToTransactionResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Creates a new AddPartitionsToTransactionResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns AddPartitionsToTransactionResponse instance
             */
            static create(properties: odradek.v1.AddPartitionsToTransactionResponse.$Shape): odradek.v1.AddPartitionsToTransactionResponse & odradek.v1.AddPartitionsToTransactionResponse.$Shape;
            static create(properties?: odradek.v1.AddPartitionsToTransactionResponse.$Properties): odradek.v1.AddPartitionsToTransactionResponse;

            /**
             * Encodes the specified AddPartitionsToTransactionResponse message. Does not implicitly {@link odradek.v1.AddPartitionsToTransactionResponse.verify|verify} messages.
             * @param message AddPartitionsToTransactionResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.AddPartitionsToTransactionResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AddPartitionsToTransactionResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.AddPartitionsToTransactionResponse & odradek.v1.AddPartitionsToTransactionResponse.$Shape} AddPartitionsToTransactionResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.AddPartitionsToTransactionResponse & odradek.v1.AddPartitionsToTransactionResponse.$Shape;
        }

        namespace AddPartitionsToTransactionResponse {

            /** Properties of an AddPartitionsToTransactionResponse. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AddPartitionsToTransactionResponse. */
            type $Shape = odradek.v1.AddPartitionsToTransactionResponse.$Properties;
        }

        /**
         * Properties of an EndTransactionRequest.
         * @deprecated Use odradek.v1.EndTransactionRequest.$Properties instead.
         */
        interface IEndTransactionRequest extends odradek.v1.EndTransactionRequest.$Properties {
        }

        /** Represents an EndTransactionRequest. */
        class EndTransactionRequest {

            /**
             * Constructs a new EndTransactionRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.EndTransactionRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EndTransactionRequest transactionalId. */
            transactionalId: string;

            /** EndTransactionRequest producerId. */
            producerId: number;

            /** EndTransactionRequest producerEpoch. */
            producerEpoch: number;

            /** EndTransactionRequest commit. */
            commit: boolean;

            /**
             * Creates a new EndTransactionRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns EndTransactionRequest instance
             */
            static create(properties: odradek.v1.EndTransactionRequest.$Shape): odradek.v1.EndTransactionRequest & odradek.v1.EndTransactionRequest.$Shape;
            static create(properties?: odradek.v1.EndTransactionRequest.$Properties): odradek.v1.EndTransactionRequest;

            /**
             * Encodes the specified EndTransactionRequest message. Does not implicitly {@link odradek.v1.EndTransactionRequest.verify|verify} messages.
             * @param message EndTransactionRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.EndTransactionRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EndTransactionRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.EndTransactionRequest & odradek.v1.EndTransactionRequest.$Shape} EndTransactionRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.EndTransactionRequest & odradek.v1.EndTransactionRequest.$Shape;
        }

        namespace EndTransactionRequest {

            /** Properties of an EndTransactionRequest. */
            interface $Properties {

                /** EndTransactionRequest transactionalId */
                transactionalId?: (string|null);

                /** EndTransactionRequest producerId */
                producerId?: (number|null);

                /** EndTransactionRequest producerEpoch */
                producerEpoch?: (number|null);

                /** EndTransactionRequest commit */
                commit?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EndTransactionRequest. */
            type $Shape = odradek.v1.EndTransactionRequest.$Properties;
        }

        /**
         * Properties of an EndTransactionResponse.
         * @deprecated Use odradek.v1.EndTransactionResponse.$Properties instead.
         */
        interface IEndTransactionResponse extends odradek.v1.EndTransactionResponse.$Properties {
        }

        /** Represents an EndTransactionResponse. */
        class EndTransactionResponse {

            /**
             * Constructs a new EndTransactionResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.EndTransactionResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EndTransactionResponse producerId. */
            producerId: number;

            /** EndTransactionResponse producerEpoch. */
            producerEpoch: number;

            /**
             * Creates a new EndTransactionResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns EndTransactionResponse instance
             */
            static create(properties: odradek.v1.EndTransactionResponse.$Shape): odradek.v1.EndTransactionResponse & odradek.v1.EndTransactionResponse.$Shape;
            static create(properties?: odradek.v1.EndTransactionResponse.$Properties): odradek.v1.EndTransactionResponse;

            /**
             * Encodes the specified EndTransactionResponse message. Does not implicitly {@link odradek.v1.EndTransactionResponse.verify|verify} messages.
             * @param message EndTransactionResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.EndTransactionResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EndTransactionResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.EndTransactionResponse & odradek.v1.EndTransactionResponse.$Shape} EndTransactionResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.EndTransactionResponse & odradek.v1.EndTransactionResponse.$Shape;
        }

        namespace EndTransactionResponse {

            /** Properties of an EndTransactionResponse. */
            interface $Properties {

                /** EndTransactionResponse producerId */
                producerId?: (number|null);

                /** EndTransactionResponse producerEpoch */
                producerEpoch?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EndTransactionResponse. */
            type $Shape = odradek.v1.EndTransactionResponse.$Properties;
        }

        /**
         * Properties of a DescribeTransactionsRequest.
         * @deprecated Use odradek.v1.DescribeTransactionsRequest.$Properties instead.
         */
        interface IDescribeTransactionsRequest extends odradek.v1.DescribeTransactionsRequest.$Properties {
        }

        /** Represents a DescribeTransactionsRequest. */
        class DescribeTransactionsRequest {

            /**
             * Constructs a new DescribeTransactionsRequest.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DescribeTransactionsRequest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DescribeTransactionsRequest transactionalIds. */
            transactionalIds: string[];

            /**
             * Creates a new DescribeTransactionsRequest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DescribeTransactionsRequest instance
             */
            static create(properties: odradek.v1.DescribeTransactionsRequest.$Shape): odradek.v1.DescribeTransactionsRequest & odradek.v1.DescribeTransactionsRequest.$Shape;
            static create(properties?: odradek.v1.DescribeTransactionsRequest.$Properties): odradek.v1.DescribeTransactionsRequest;

            /**
             * Encodes the specified DescribeTransactionsRequest message. Does not implicitly {@link odradek.v1.DescribeTransactionsRequest.verify|verify} messages.
             * @param message DescribeTransactionsRequest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DescribeTransactionsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DescribeTransactionsRequest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DescribeTransactionsRequest & odradek.v1.DescribeTransactionsRequest.$Shape} DescribeTransactionsRequest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DescribeTransactionsRequest & odradek.v1.DescribeTransactionsRequest.$Shape;
        }

        namespace DescribeTransactionsRequest {

            /** Properties of a DescribeTransactionsRequest. */
            interface $Properties {

                /** DescribeTransactionsRequest transactionalIds */
                transactionalIds?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DescribeTransactionsRequest. */
            type $Shape = odradek.v1.DescribeTransactionsRequest.$Properties;
        }

        /**
         * Properties of a TransactionDescription.
         * @deprecated Use odradek.v1.TransactionDescription.$Properties instead.
         */
        interface ITransactionDescription extends odradek.v1.TransactionDescription.$Properties {
        }

        /** Represents a TransactionDescription. */
        class TransactionDescription {

            /**
             * Constructs a new TransactionDescription.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.TransactionDescription.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TransactionDescription transactionalId. */
            transactionalId: string;

            /** TransactionDescription producerId. */
            producerId: number;

            /** TransactionDescription producerEpoch. */
            producerEpoch: number;

            /** TransactionDescription state. */
            state: string;

            /** TransactionDescription timeoutMs. */
            timeoutMs: number;

            /** TransactionDescription startedAt. */
            startedAt: number;

            /** TransactionDescription partitions. */
            partitions: odradek.v1.TransactionPartition.$Properties[];

            /** TransactionDescription error. */
            error?: (odradek.v1.Error.$Properties|null);

            /**
             * Creates a new TransactionDescription instance using the specified properties.
             * @param [properties] Properties to set
             * @returns TransactionDescription instance
             */
            static create(properties: odradek.v1.TransactionDescription.$Shape): odradek.v1.TransactionDescription & odradek.v1.TransactionDescription.$Shape;
            static create(properties?: odradek.v1.TransactionDescription.$Properties): odradek.v1.TransactionDescription;

            /**
             * Encodes the specified TransactionDescription message. Does not implicitly {@link odradek.v1.TransactionDescription.verify|verify} messages.
             * @param message TransactionDescription message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.TransactionDescription.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TransactionDescription message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.TransactionDescription & odradek.v1.TransactionDescription.$Shape} TransactionDescription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.TransactionDescription & odradek.v1.TransactionDescription.$Shape;
        }

        namespace TransactionDescription {

            /** Properties of a TransactionDescription. */
            interface $Properties {

                /** TransactionDescription transactionalId */
                transactionalId?: (string|null);

                /** TransactionDescription producerId */
                producerId?: (number|null);

                /** TransactionDescription producerEpoch */
                producerEpoch?: (number|null);

                /** TransactionDescription state */
                state?: (string|null);

                /** TransactionDescription timeoutMs */
                timeoutMs?: (number|null);

                /** TransactionDescription startedAt */
                startedAt?: (number|null);

                /** TransactionDescription partitions */
                partitions?: (odradek.v1.TransactionPartition.$Properties[]|null);

                /** TransactionDescription error */
                error?: (odradek.v1.Error.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TransactionDescription. */
            type $Shape = odradek.v1.TransactionDescription.$Properties;
        }

        /**
         * Properties of a DescribeTransactionsResponse.
         * @deprecated Use odradek.v1.DescribeTransactionsResponse.$Properties instead.
         */
        interface IDescribeTransactionsResponse extends odradek.v1.DescribeTransactionsResponse.$Properties {
        }

        /** Represents a DescribeTransactionsResponse. */
        class DescribeTransactionsResponse {

            /**
             * Constructs a new DescribeTransactionsResponse.
             * @param [properties] Properties to set
             */
            constructor(properties?: odradek.v1.DescribeTransactionsResponse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DescribeTransactionsResponse transactions. */
            transactions: odradek.v1.TransactionDescription.$Properties[];

            /**
             * Creates a new DescribeTransactionsResponse instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DescribeTransactionsResponse instance
             */
            static create(properties: odradek.v1.DescribeTransactionsResponse.$Shape): odradek.v1.DescribeTransactionsResponse & odradek.v1.DescribeTransactionsResponse.$Shape;
            static create(properties?: odradek.v1.DescribeTransactionsResponse.$Properties): odradek.v1.DescribeTransactionsResponse;

            /**
             * Encodes the specified DescribeTransactionsResponse message. Does not implicitly {@link odradek.v1.DescribeTransactionsResponse.verify|verify} messages.
             * @param message DescribeTransactionsResponse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: odradek.v1.DescribeTransactionsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DescribeTransactionsResponse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {odradek.v1.DescribeTransactionsResponse & odradek.v1.DescribeTransactionsResponse.$Shape} DescribeTransactionsResponse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): odradek.v1.DescribeTransactionsResponse & odradek.v1.DescribeTransactionsResponse.$Shape;
        }

        namespace DescribeTransactionsResponse {

            /** Properties of a DescribeTransactionsResponse. */
            interface $Properties {

                /** DescribeTransactionsResponse transactions */
                transactions?: (odradek.v1.TransactionDescription.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DescribeTransactionsResponse. */
            type $Shape = odradek.v1.DescribeTransactionsResponse.$Properties;
        }
    }
}
