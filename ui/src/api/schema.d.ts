// Written by `make docs` from the declarations of the management API.
export interface paths {
    "/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List accounts
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getAccounts"];
        put?: never;
        /**
         * Create an account; or, with count, many at once, each with a client key that is shown in this answer only
         * @description Permission: admin.
         */
        post: operations["postAccounts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an account
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getAccountsById"];
        /**
         * Replace an account: fields that are not named get their defaults
         * @description Permission: admin.
         */
        put: operations["putAccountsById"];
        post?: never;
        /**
         * Delete an account; with cascade=true also its client keys and people
         * @description Permission: admin.
         */
        delete: operations["deleteAccountsById"];
        options?: never;
        head?: never;
        /**
         * Change an account: fields that are not named stay
         * @description Permission: admin.
         */
        patch: operations["patchAccountsById"];
        trace?: never;
    };
    "/accounts/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count accounts, and the client keys and people that belong to one
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getAccountsStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/adapters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the adapters with their defaults
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getAdapters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who changed what, newest first
         * @description Permission: admin.
         */
        get: operations["getAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prove that the record of changes is whole, a part at a time
         * @description Permission: admin.
         */
        get: operations["getAuditVerify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in
         * @description Permission: none, anybody may call it.
         */
        post: operations["postAuthLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End all sessions of the person who calls
         * @description Permission: anybody who is signed in.
         */
        post: operations["postAuthLogout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say who is signed in
         * @description Permission: anybody who is signed in.
         */
        get: operations["getAuthMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a new access token for the same session
         * @description Permission: anybody who is signed in.
         */
        post: operations["postAuthRefresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/circuit-breaker/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say which circuit breakers there are and in which state. Each process has its own
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getCircuitBreakerStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/client-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List client keys
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getClientKeys"];
        put?: never;
        /**
         * Issue a client key; its value is in this answer only
         * @description Permission: admin.
         */
        post: operations["postClientKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/client-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a client key, without its value
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getClientKeysById"];
        put?: never;
        post?: never;
        /**
         * Revoke a client key, or with purge=true forget it altogether
         * @description Permission: admin.
         */
        delete: operations["deleteClientKeysById"];
        options?: never;
        head?: never;
        /**
         * Change what a client key may do
         * @description Permission: admin.
         */
        patch: operations["patchClientKeysById"];
        trace?: never;
    };
    "/client-keys/{id}/roll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace a client key; the old one stays valid for a while
         * @description Permission: admin.
         */
        post: operations["postClientKeysByIdRoll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Explain what would become of a request, without sending it
         * @description Permission: viewer or operator or admin.
         */
        post: operations["postExplain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a key, without its value
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getKeysById"];
        put?: never;
        post?: never;
        /**
         * Delete a key
         * @description Permission: operator or admin.
         */
        delete: operations["deleteKeysById"];
        options?: never;
        head?: never;
        /**
         * Change a key or switch it on or off
         * @description Permission: operator or admin.
         */
        patch: operations["patchKeysById"];
        trace?: never;
    };
    "/keys/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what happened to a key, newest first
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getKeysByIdEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys/{id}/revive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a cooling, parked or disabled key back into rotation
         * @description Permission: operator or admin.
         */
        post: operations["postKeysByIdRevive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask the vendor whether it accepts the key
         * @description Permission: operator or admin.
         */
        post: operations["postKeysByIdTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/load-balancer/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say how requests are shared between targets; only what has several, or one that is watched. Each process has its own view
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getLoadBalancerStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in
         * @description Permission: none, anybody may call it.
         */
        post: operations["postLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/routes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List routes
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getRoutes"];
        put?: never;
        /**
         * Create a route, in full or in the flat form {path, target_url, method, enabled, rate_limit, timeout}
         * @description Permission: operator or admin.
         */
        post: operations["postRoutes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/routes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a route
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getRoutesById"];
        /**
         * Replace a route: fields that are not named get their defaults
         * @description Permission: operator or admin.
         */
        put: operations["putRoutesById"];
        post?: never;
        /**
         * Delete a route
         * @description Permission: operator or admin.
         */
        delete: operations["deleteRoutesById"];
        options?: never;
        head?: never;
        /**
         * Change a route: fields that are not named stay; match, action and rewrite are replaced whole
         * @description Permission: operator or admin.
         */
        patch: operations["patchRoutesById"];
        trace?: never;
    };
    "/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say whether the first admin is still to be created
         * @description Permission: none, anybody may call it.
         */
        get: operations["getSetup"];
        put?: never;
        /**
         * Create the first admin with the one-time token of the set-up link
         * @description Permission: none, anybody may call it.
         */
        post: operations["postSetup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say what this gateway is and how much it holds
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/upstreams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List upstreams
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getUpstreams"];
        put?: never;
        /**
         * Create an upstream
         * @description Permission: operator or admin.
         */
        post: operations["postUpstreams"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/upstreams/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an upstream
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getUpstreamsById"];
        /**
         * Replace an upstream: fields that are not named get their defaults
         * @description Permission: operator or admin.
         */
        put: operations["putUpstreamsById"];
        post?: never;
        /**
         * Delete an upstream with its keys
         * @description Permission: operator or admin.
         */
        delete: operations["deleteUpstreamsById"];
        options?: never;
        head?: never;
        /**
         * Change an upstream: fields that are not named stay
         * @description Permission: operator or admin.
         */
        patch: operations["patchUpstreamsById"];
        trace?: never;
    };
    "/upstreams/{id}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the keys of an upstream
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getUpstreamsByIdKeys"];
        put?: never;
        /**
         * Add a key to an upstream
         * @description Permission: operator or admin.
         */
        post: operations["postUpstreamsByIdKeys"];
        /**
         * Delete all keys of an upstream, or those in one state
         * @description Permission: operator or admin.
         */
        delete: operations["deleteUpstreamsByIdKeys"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/upstreams/{id}/keys/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import keys from anything a person would paste
         * @description Permission: operator or admin.
         */
        post: operations["postUpstreamsByIdKeysImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description Permission: admin.
         */
        get: operations["getUsers"];
        put?: never;
        /**
         * Create a user
         * @description Permission: admin.
         */
        post: operations["postUsers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a user
         * @description Permission: admin.
         */
        get: operations["getUsersById"];
        put?: never;
        post?: never;
        /**
         * Delete a user
         * @description Permission: admin.
         */
        delete: operations["deleteUsersById"];
        options?: never;
        head?: never;
        /**
         * Change a password, a role, or switch a user off; ends the sessions of this user
         * @description Permission: admin.
         */
        patch: operations["patchUsersById"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            /** @description Stable; act on this. */
            code: string;
            /** @description What happened, whose fault it is, and what to do. */
            detail: string;
            errors?: {
                message: string;
                path: string;
            }[];
            instance: string;
            request_id: string;
            status: number;
            title: string;
            type: string;
        };
    };
    responses: {
        /** @description Refused or failed (RFC 9457). */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request could not be read. */
        Refused400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Nobody is signed in, or the access token has expired. */
        Refused401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The role of the person does not allow it. */
        Refused403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing, or the person may not know of it. */
        Refused404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Conflicts with what is stored, or a repetition of a call whose answer is shown once. */
        Refused409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Changed by somebody else since the ETag in If-Match. */
        Refused412: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Send JSON. */
        Refused415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The input is not valid; `errors` has the place of each mistake. */
        Refused422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The database does not answer; try again soon. */
        Refused503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getAccounts: {
        parameters: {
            query?: {
                enabled?: "true" | "false";
                limit?: number;
                page?: number;
                search?: string;
                status?: "enabled" | "disabled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accounts in order of creation; people of an account see theirs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            bindings: {
                                upstream: string;
                            }[] | null;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Opaque id. */
                            id: string;
                            limits: {
                                max_in_flight: number | null;
                                rpd: number | null;
                                rpm: number | null;
                                rps: number | null;
                            };
                            name: string;
                            priority: number;
                            /** @enum {string} */
                            status: "enabled" | "disabled";
                            /** Format: date-time */
                            updated_at: string;
                            verification_enabled: boolean;
                        }[];
                        limit: number;
                        page: number;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postAccounts: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "team a",
                 *       "limits": {
                 *         "rpm": 600
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Upstreams that it may use; null = all. */
                    bindings?: {
                        /** @description Slug. */
                        upstream: string;
                    }[] | null;
                    /** @description Makes this many accounts, at most 1000, each with a client key. */
                    count?: number;
                    /** @description false refuses its client keys and signs its people out. */
                    enabled?: boolean;
                    /** @description What all its client keys may send together; absent or null = none. */
                    limits?: {
                        max_in_flight?: number | null;
                        rpd?: number | null;
                        rpm?: number | null;
                        rps?: number | null;
                    } | null;
                    /** @description Unique. A new account must have one. */
                    name?: string;
                    /** @description Kept for the program that provisions accounts. */
                    priority?: number;
                    /** @description Kept for the program that provisions accounts. */
                    verification_enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Created and in force. With count: the accounts and their keys. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bindings: {
                            upstream: string;
                        }[] | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            rps: number | null;
                        };
                        name: string;
                        priority: number;
                        /** @enum {string} */
                        status: "enabled" | "disabled";
                        /** Format: date-time */
                        updated_at: string;
                        verification_enabled: boolean;
                    } | {
                        created: number;
                        data: {
                            /** @description The key is shown only in this answer. */
                            client_key: {
                                /** @description Opaque id. */
                                id: string;
                                key: string;
                            };
                            /** @description Opaque id. */
                            id: string;
                            name: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getAccountsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bindings: {
                            upstream: string;
                        }[] | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            rps: number | null;
                        };
                        name: string;
                        priority: number;
                        /** @enum {string} */
                        status: "enabled" | "disabled";
                        /** Format: date-time */
                        updated_at: string;
                        verification_enabled: boolean;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    putAccountsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "team b",
                 *       "limits": {
                 *         "rpm": 300
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Upstreams that it may use; null = all. */
                    bindings?: {
                        /** @description Slug. */
                        upstream: string;
                    }[] | null;
                    /** @description false refuses its client keys and signs its people out. */
                    enabled?: boolean;
                    /** @description What all its client keys may send together; absent or null = none. */
                    limits?: {
                        max_in_flight?: number | null;
                        rpd?: number | null;
                        rpm?: number | null;
                        rps?: number | null;
                    } | null;
                    /** @description Unique. A new account must have one. */
                    name?: string;
                    /** @description Kept for the program that provisions accounts. */
                    priority?: number;
                    /** @description Kept for the program that provisions accounts. */
                    verification_enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description In force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bindings: {
                            upstream: string;
                        }[] | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            rps: number | null;
                        };
                        name: string;
                        priority: number;
                        /** @enum {string} */
                        status: "enabled" | "disabled";
                        /** Format: date-time */
                        updated_at: string;
                        verification_enabled: boolean;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    deleteAccountsById: {
        parameters: {
            query?: {
                cascade?: "true" | "false";
            };
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    patchAccountsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "team b",
                 *       "limits": {
                 *         "rpm": 300
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Upstreams that it may use; null = all. */
                    bindings?: {
                        /** @description Slug. */
                        upstream: string;
                    }[] | null;
                    /** @description false refuses its client keys and signs its people out. */
                    enabled?: boolean;
                    /** @description What all its client keys may send together; absent or null = none. */
                    limits?: {
                        max_in_flight?: number | null;
                        rpd?: number | null;
                        rpm?: number | null;
                        rps?: number | null;
                    } | null;
                    /** @description Unique. A new account must have one. */
                    name?: string;
                    /** @description Kept for the program that provisions accounts. */
                    priority?: number;
                    /** @description Kept for the program that provisions accounts. */
                    verification_enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description In force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bindings: {
                            upstream: string;
                        }[] | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            rps: number | null;
                        };
                        name: string;
                        priority: number;
                        /** @enum {string} */
                        status: "enabled" | "disabled";
                        /** Format: date-time */
                        updated_at: string;
                        verification_enabled: boolean;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getAccountsStats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Counts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        client_keys: number;
                        disabled: number;
                        enabled: number;
                        total: number;
                        users: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getAdapters: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Adapters. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description Default; null when one must be given. */
                            base_url: string | null;
                            /** @enum {string} */
                            dialect: "openai" | "anthropic" | "gemini" | "problem";
                            /** @enum {string} */
                            key_location: "header" | "query" | "basic" | "cookie" | "body";
                            key_name: string;
                            key_prefix: string;
                            /** @enum {string} */
                            kind: "llm" | "generic";
                            name: string;
                            title: string;
                        }[];
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getAudit: {
        parameters: {
            query?: {
                action?: string;
                actor?: string;
                cursor?: string;
                entity?: string;
                entity_id?: string;
                from?: string;
                limit?: number;
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Entries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            action: string;
                            actor: string;
                            actor_id: string | null;
                            after: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            at: string;
                            /** @description Of harmless fields the values; secrets never. */
                            before: {
                                [key: string]: unknown;
                            };
                            /** @description How many, where many were changed at once. */
                            count: number | null;
                            entity: string;
                            entity_id: string;
                            /** @description What differs. */
                            fields: string[];
                            hash: string;
                            /** @description Opaque id. */
                            id: string;
                            network: string | null;
                            request_id: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getAuditVerify: {
        parameters: {
            query?: {
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The verdict. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        checked: number;
                        /** @description The first entry that does not fit. */
                        fault: {
                            /** @description Opaque id. */
                            id: string;
                            reason: string;
                        } | null;
                        /** @description Where to go on: one call proves 10,000 entries. null at the end of the record. */
                        next_cursor: string | null;
                        /** @description False when an entry was changed, taken out or put in. */
                        whole: boolean;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postAuthLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "admin",
                 *       "password": "Tr4verse-granite-otter"
                 *     }
                 */
                "application/json": {
                    password: string;
                    /**
                     * @description cookie: for browsers; the token is then in an httpOnly cookie and not in the answer.
                     * @default token
                     * @enum {string}
                     */
                    session?: "token" | "cookie";
                    username: string;
                };
            };
        };
        responses: {
            /** @description Signed in. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Not with session: cookie. */
                        access_token?: string;
                        /** @description Seconds. */
                        expires_in: number;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /** @description The account that the person is confined to; null = the whole gateway. */
                            account_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Opaque id. */
                            id: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "admin";
                            /** Format: date-time */
                            updated_at: string;
                            username: string;
                        };
                    };
                };
            };
            400: components["responses"]["Refused400"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postAuthLogout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every access token of this person is void. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getAuthMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The person. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The account that the person is confined to; null = the whole gateway. */
                        account_id: string | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        /** @enum {string} */
                        role: "viewer" | "operator" | "admin";
                        /** Format: date-time */
                        updated_at: string;
                        username: string;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postAuthRefresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A new token; the session still ends 12 hours after the sign-in. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Not with session: cookie. */
                        access_token?: string;
                        /** @description Seconds. */
                        expires_in: number;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /** @description The account that the person is confined to; null = the whole gateway. */
                            account_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Opaque id. */
                            id: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "admin";
                            /** Format: date-time */
                            updated_at: string;
                            username: string;
                        };
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getCircuitBreakerStatus: {
        parameters: {
            query?: {
                limit?: number;
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One row per target with a breaker. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            changed_at: string | null;
                            /** @description In the window. */
                            failures: number;
                            /** @description Of the upstream or route. */
                            id: string;
                            /** @enum {string} */
                            kind: "upstream" | "route";
                            /** @description Until an open one lets a request in; 0 when it is not open. */
                            opens_in_seconds: number;
                            /** @description In the window. */
                            requests: number;
                            slug: string;
                            /** @enum {string} */
                            state: "closed" | "half_open" | "open";
                            target: string;
                        }[];
                        limit: number;
                        page: number;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getClientKeys: {
        parameters: {
            query?: {
                account_id?: string;
                limit?: number;
                page?: number;
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Client keys in order of creation, without their values. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            account_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            expires_at: string | null;
                            /** @description Opaque id. */
                            id: string;
                            last_used_at: string | null;
                            limits: {
                                max_in_flight: number | null;
                                rpd: number | null;
                                rpm: number | null;
                                rps: number | null;
                            };
                            masked: string;
                            models: string[] | null;
                            name: string;
                            networks: string[] | null;
                            /** @description Until when the key that a roll replaced is still valid. */
                            previous_until: string | null;
                            revoked_at: string | null;
                            /** @enum {string} */
                            source: "issued" | "global" | "demo";
                            /** @enum {string} */
                            state: "active" | "expired" | "revoked";
                            /** Format: date-time */
                            updated_at: string;
                            upstreams: string[] | null;
                        }[];
                        limit: number;
                        page: number;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postClientKeys: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "chat service",
                 *       "models": [
                 *         "gpt-4o*"
                 *       ],
                 *       "limits": {
                 *         "rpm": 60,
                 *         "max_in_flight": 10
                 *       },
                 *       "expires_at": "2100-01-01T00:00:00Z"
                 *     }
                 */
                "application/json": {
                    /** @description The account that it belongs to; null = none. Only people of the whole gateway may name it. */
                    account_id?: string | null;
                    /** @description null = never. */
                    expires_at?: string | null;
                    /** @description Replaces all limits; absent or null = none. */
                    limits?: {
                        /** @description Requests at the same time. */
                        max_in_flight?: number | null;
                        /** @description Requests in any 24 hours. */
                        rpd?: number | null;
                        /** @description Requests in any minute. */
                        rpm?: number | null;
                        /** @description Requests in any second. */
                        rps?: number | null;
                    } | null;
                    /** @description Models it may ask LLM upstreams for, as names or with `*`, e.g. `gpt-4o*`; null = all. */
                    models?: string[] | null;
                    name: string;
                    /** @description Addresses or CIDRs from which it may be used; null = everywhere. */
                    networks?: string[] | null;
                    /** @description Slugs it may use; null = all. */
                    upstreams?: string[] | null;
                };
            };
        };
        responses: {
            /** @description Issued and in force. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** Format: date-time */
                        created_at: string;
                        expires_at: string | null;
                        /** @description Opaque id. */
                        id: string;
                        /** @description The key. Shown only in this answer. */
                        key: string;
                        last_used_at: string | null;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            rps: number | null;
                        };
                        masked: string;
                        models: string[] | null;
                        name: string;
                        networks: string[] | null;
                        /** @description Until when the key that a roll replaced is still valid. */
                        previous_until: string | null;
                        revoked_at: string | null;
                        /** @enum {string} */
                        source: "issued" | "global" | "demo";
                        /** @enum {string} */
                        state: "active" | "expired" | "revoked";
                        /** Format: date-time */
                        updated_at: string;
                        upstreams: string[] | null;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getClientKeysById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The client key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** Format: date-time */
                        created_at: string;
                        expires_at: string | null;
                        /** @description Opaque id. */
                        id: string;
                        last_used_at: string | null;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            rps: number | null;
                        };
                        masked: string;
                        models: string[] | null;
                        name: string;
                        networks: string[] | null;
                        /** @description Until when the key that a roll replaced is still valid. */
                        previous_until: string | null;
                        revoked_at: string | null;
                        /** @enum {string} */
                        source: "issued" | "global" | "demo";
                        /** @enum {string} */
                        state: "active" | "expired" | "revoked";
                        /** Format: date-time */
                        updated_at: string;
                        upstreams: string[] | null;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    deleteClientKeysById: {
        parameters: {
            query?: {
                purge?: "true" | "false";
            };
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Refused from now on. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    patchClientKeysById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "networks": [
                 *         "10.0.0.0/8",
                 *         "2001:db8::/32"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @description The account that it belongs to; null = none. Only people of the whole gateway may name it. */
                    account_id?: string | null;
                    /** @description null = never. */
                    expires_at?: string | null;
                    /** @description Replaces all limits; absent or null = none. */
                    limits?: {
                        /** @description Requests at the same time. */
                        max_in_flight?: number | null;
                        /** @description Requests in any 24 hours. */
                        rpd?: number | null;
                        /** @description Requests in any minute. */
                        rpm?: number | null;
                        /** @description Requests in any second. */
                        rps?: number | null;
                    } | null;
                    /** @description Models it may ask LLM upstreams for, as names or with `*`, e.g. `gpt-4o*`; null = all. */
                    models?: string[] | null;
                    name?: string;
                    /** @description Addresses or CIDRs from which it may be used; null = everywhere. */
                    networks?: string[] | null;
                    /** @description Slugs it may use; null = all. */
                    upstreams?: string[] | null;
                };
            };
        };
        responses: {
            /** @description Changed and in force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** Format: date-time */
                        created_at: string;
                        expires_at: string | null;
                        /** @description Opaque id. */
                        id: string;
                        last_used_at: string | null;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            rps: number | null;
                        };
                        masked: string;
                        models: string[] | null;
                        name: string;
                        networks: string[] | null;
                        /** @description Until when the key that a roll replaced is still valid. */
                        previous_until: string | null;
                        revoked_at: string | null;
                        /** @enum {string} */
                        source: "issued" | "global" | "demo";
                        /** @enum {string} */
                        state: "active" | "expired" | "revoked";
                        /** Format: date-time */
                        updated_at: string;
                        upstreams: string[] | null;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postClientKeysByIdRoll: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap_seconds": 3600
                 *     }
                 */
                "application/json": {
                    /**
                     * @description How long the old key stays valid.
                     * @default 86400
                     */
                    overlap_seconds?: number;
                };
            };
        };
        responses: {
            /** @description The new key, shown only here. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** Format: date-time */
                        created_at: string;
                        expires_at: string | null;
                        /** @description Opaque id. */
                        id: string;
                        /** @description The key. Shown only in this answer. */
                        key: string;
                        last_used_at: string | null;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            rps: number | null;
                        };
                        masked: string;
                        models: string[] | null;
                        name: string;
                        networks: string[] | null;
                        /** @description Until when the key that a roll replaced is still valid. */
                        previous_until: string | null;
                        revoked_at: string | null;
                        /** @enum {string} */
                        source: "issued" | "global" | "demo";
                        /** @enum {string} */
                        state: "active" | "expired" | "revoked";
                        /** Format: date-time */
                        updated_at: string;
                        upstreams: string[] | null;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postExplain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "method": "POST",
                 *       "path": "/llm/demo/v1/chat/completions",
                 *       "body": {
                 *         "model": "demo-1"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description JSON; only its model is looked at. */
                    body?: unknown;
                    /** @description Id of the client key that calls, never the key itself. */
                    client_key_id?: string;
                    /** @default {} */
                    headers?: {
                        [key: string]: string | string[];
                    };
                    /** @description Default: the host header. */
                    host?: string;
                    /**
                     * @default GET
                     * @enum {string}
                     */
                    method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
                    /** @description As clients send it; a query may follow. */
                    path: string;
                };
            };
        };
        responses: {
            /** @description Which route or surface takes it, why, and why not the others. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Why not the others, the nearest first. */
                        others: {
                            field: string | null;
                            reason: string;
                            /** @description Opaque id. */
                            route_id: string;
                            route_name: string;
                        }[];
                        others_total: number;
                        path_after_target: string | null;
                        route: {
                            /** @enum {string} */
                            action: "upstream" | "forward" | "deny" | "redirect" | "mock";
                            /** @description Raw, as in the path. */
                            params: {
                                [key: string]: string;
                            };
                            requires_client_key: boolean;
                            /** @description Opaque id. */
                            route_id: string;
                            route_name: string;
                            targets: string[];
                        } | null;
                        /** @description Routes in shadow mode that would have come first. */
                        shadows: {
                            /** @description Opaque id. */
                            route_id: string;
                            route_name: string;
                        }[];
                        /** @description route, management, proxy, llm, another surface, or none. */
                        surface: string;
                        upstream: {
                            enabled: boolean;
                            exists: boolean;
                            /** @description By their stored state: the ready ones take turns. */
                            keys: {
                                [key: string]: number;
                            } | null;
                            /** @description Which key the next request would use; no turn is taken. Null when the upstream is disabled or has none. */
                            lease: {
                                /** @description Null when none can be used, or when whose turn it is cannot be known now. */
                                key: {
                                    /** @description Opaque id. */
                                    key_id: string;
                                    label: string;
                                    masked: string;
                                } | null;
                                /** @description Why not the others, the nearest first. */
                                others: {
                                    /** @description Opaque id. */
                                    key_id: string;
                                    label: string;
                                    masked: string;
                                    reason: string;
                                    /** @enum {string} */
                                    state: "ready" | "cooling" | "probing" | "parked" | "disabled";
                                }[];
                                others_total: number;
                                why: string;
                            } | null;
                            slug: string;
                            targets: string[];
                        } | null;
                        why: string;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getKeysById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        changed_at: string;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Recognises the key without knowing it. */
                        fingerprint: string;
                        /** @description Opaque id. */
                        id: string;
                        label: string;
                        last_used_at: string | null;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            tpm: number | null;
                        };
                        masked: string;
                        quota_group: string;
                        reason: string;
                        /** @enum {string} */
                        state: "ready" | "cooling" | "probing" | "parked" | "disabled";
                        tier: number;
                        /** @description When it recovers or is tried again by itself. */
                        until: string | null;
                        /** @description Opaque id. */
                        upstream_id: string;
                        weight: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    deleteKeysById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    patchKeysById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "label": "team b",
                 *       "limits": {
                 *         "rpm": 30,
                 *         "max_in_flight": 4
                 *       }
                 *     }
                 */
                "application/json": {
                    enabled?: boolean;
                    label?: string;
                    limits?: {
                        max_in_flight?: number | null;
                        rpd?: number | null;
                        rpm?: number | null;
                        tpm?: number | null;
                    };
                    /** @description Keys that share one vendor quota. */
                    quota_group?: string;
                    /** @description 0 = primary; a tier is used only while every lower one has no usable key. */
                    tier?: number;
                    /** @description Share of the rotation among the keys of its tier. */
                    weight?: number;
                };
            };
        };
        responses: {
            /** @description Changed and in force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        changed_at: string;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Recognises the key without knowing it. */
                        fingerprint: string;
                        /** @description Opaque id. */
                        id: string;
                        label: string;
                        last_used_at: string | null;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            tpm: number | null;
                        };
                        masked: string;
                        quota_group: string;
                        reason: string;
                        /** @enum {string} */
                        state: "ready" | "cooling" | "probing" | "parked" | "disabled";
                        tier: number;
                        /** @description When it recovers or is tried again by itself. */
                        until: string | null;
                        /** @description Opaque id. */
                        upstream_id: string;
                        weight: number;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getKeysByIdEvents: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Changes of state with their causes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description `gateway` or the name of the person. */
                            actor: string;
                            /** Format: date-time */
                            at: string;
                            /** @enum {string} */
                            from: "ready" | "cooling" | "probing" | "parked" | "disabled";
                            reason: string;
                            /** @enum {string} */
                            to: "ready" | "cooling" | "probing" | "parked" | "disabled";
                            until: string | null;
                        }[];
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postKeysByIdRevive: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready and in rotation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        changed_at: string;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Recognises the key without knowing it. */
                        fingerprint: string;
                        /** @description Opaque id. */
                        id: string;
                        label: string;
                        last_used_at: string | null;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            tpm: number | null;
                        };
                        masked: string;
                        quota_group: string;
                        reason: string;
                        /** @enum {string} */
                        state: "ready" | "cooling" | "probing" | "parked" | "disabled";
                        tier: number;
                        /** @description When it recovers or is tried again by itself. */
                        until: string | null;
                        /** @description Opaque id. */
                        upstream_id: string;
                        weight: number;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postKeysByIdTest: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The vendor's answer and the key's state after it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        key: {
                            /** Format: date-time */
                            changed_at: string;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Recognises the key without knowing it. */
                            fingerprint: string;
                            /** @description Opaque id. */
                            id: string;
                            label: string;
                            last_used_at: string | null;
                            limits: {
                                max_in_flight: number | null;
                                rpd: number | null;
                                rpm: number | null;
                                tpm: number | null;
                            };
                            masked: string;
                            quota_group: string;
                            reason: string;
                            /** @enum {string} */
                            state: "ready" | "cooling" | "probing" | "parked" | "disabled";
                            tier: number;
                            /** @description When it recovers or is tried again by itself. */
                            until: string | null;
                            /** @description Opaque id. */
                            upstream_id: string;
                            weight: number;
                        };
                        latency_ms: number;
                        /** @description The vendor's own words. */
                        message: string;
                        ok: boolean;
                        reason: string;
                        /** @description HTTP status of the vendor. */
                        status: number | null;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getLoadBalancerStatus: {
        parameters: {
            query?: {
                limit?: number;
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Upstreams and routes with their targets. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @enum {string} */
                            balance: "round_robin" | "weighted" | "least_connections";
                            /** @description Of the upstream or route. */
                            id: string;
                            /** @enum {string} */
                            kind: "upstream" | "route";
                            slug: string;
                            targets: {
                                breaker: ("closed" | "half_open" | "open") | null;
                                changed_at: string | null;
                                checked_at: string | null;
                                /** @description What its health checks say; true without any. */
                                healthy: boolean;
                                in_flight: number;
                                /** @description What the last health check found. */
                                reason: string;
                                /** @description Attempts since this process knows the target. */
                                requests: number;
                                url: string;
                                /** @description Requests are sent there: it is healthy and its breaker is not open. */
                                usable: boolean;
                                weight: number;
                            }[];
                        }[];
                        limit: number;
                        page: number;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "admin",
                 *       "password": "Tr4verse-granite-otter"
                 *     }
                 */
                "application/json": {
                    password: string;
                    /**
                     * @description cookie: for browsers; the token is then in an httpOnly cookie and not in the answer.
                     * @default token
                     * @enum {string}
                     */
                    session?: "token" | "cookie";
                    username: string;
                };
            };
        };
        responses: {
            /** @description Signed in. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Not with session: cookie. */
                        access_token?: string;
                        /** @description Seconds. */
                        expires_in: number;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /** @description The account that the person is confined to; null = the whole gateway. */
                            account_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Opaque id. */
                            id: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "admin";
                            /** Format: date-time */
                            updated_at: string;
                            username: string;
                        };
                    };
                };
            };
            400: components["responses"]["Refused400"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getRoutes: {
        parameters: {
            query?: {
                limit?: number;
                page?: number;
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Routes in order of creation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            action: {
                                /** @enum {string} */
                                type: "upstream" | "forward" | "deny" | "redirect" | "mock";
                            } & {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Opaque id. */
                            id: string;
                            match: {
                                account_ids: string[] | null;
                                client_key_ids: string[] | null;
                                headers: {
                                    equals?: string;
                                    name: string;
                                    pattern?: string;
                                    present?: boolean;
                                }[];
                                host: string | null;
                                methods: string[] | null;
                                model: string | null;
                                path: string;
                                query: {
                                    equals?: string;
                                    name: string;
                                    pattern?: string;
                                    present?: boolean;
                                }[];
                            };
                            /** @description match.methods with commas; null = all. */
                            method: string | null;
                            /** @enum {string} */
                            mode: "enforce" | "shadow";
                            name: string;
                            /** @description Same as match.path. */
                            path: string;
                            priority: number;
                            /** @description Requests per window over all callers. */
                            rate_limit: number | null;
                            rate_limit_window_seconds: number | null;
                            requires_client_key: boolean;
                            rewrite: {
                                model: string | null;
                                path: string | null;
                                request_headers: {
                                    name: string;
                                    /** @enum {string} */
                                    op: "set" | "add" | "remove";
                                    value?: string;
                                }[];
                                response_headers: {
                                    name: string;
                                    /** @enum {string} */
                                    op: "set" | "add" | "remove";
                                    value?: string;
                                }[];
                            } | null;
                            /** @description URL of the first target of an action that forwards. */
                            target_url: string | null;
                            /** @description Seconds. */
                            timeout: number | null;
                            /** Format: date-time */
                            updated_at: string;
                        }[];
                        limit: number;
                        page: number;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postRoutes: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "path": "/api/users",
                 *       "target_url": "http://127.0.0.1:9000/users",
                 *       "method": "GET",
                 *       "enabled": true,
                 *       "rate_limit": 100,
                 *       "timeout": 30
                 *     }
                 */
                "application/json": {
                    action?: {
                        /** @constant */
                        type: "upstream";
                        /** @description Its slug. */
                        upstream: string;
                    } | {
                        targets: {
                            url: string;
                            /** @default 1 */
                            weight?: number;
                        }[];
                        /** @constant */
                        type: "forward";
                    } | {
                        message: string;
                        /** @default 403 */
                        status?: number;
                        /** @constant */
                        type: "deny";
                    } | {
                        location: string;
                        /** @default 302 */
                        status?: number;
                        /** @constant */
                        type: "redirect";
                    } | {
                        /** @default  */
                        body?: string;
                        /** @default {} */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @default 200 */
                        status?: number;
                        /** @constant */
                        type: "mock";
                    };
                    enabled?: boolean;
                    match?: {
                        account_ids?: string[] | null;
                        client_key_ids?: string[] | null;
                        /** @description All must hold. */
                        headers?: {
                            equals?: string;
                            name: string;
                            /** @description A glob: * is any run of characters, everything else is itself. */
                            pattern?: string;
                            present?: boolean;
                        }[];
                        /** @description A name, or *.example.com for all below it. */
                        host?: string | null;
                        /** @description null = all. GET takes HEAD too. */
                        methods?: string[] | null;
                        /** @description Glob over the model of a JSON body. */
                        model?: string | null;
                        /** @description Literal segments, :name for one segment, *name at the end for the rest. */
                        path: string;
                        /** @description All must hold. */
                        query?: {
                            equals?: string;
                            name: string;
                            /** @description A glob: * is any run of characters, everything else is itself. */
                            pattern?: string;
                            present?: boolean;
                        }[];
                    };
                    /** @description Flat form of match.methods: one or several with commas; "*", "ANY", "" or null = all. */
                    method?: string | null;
                    /**
                     * @description shadow: counted and logged, never acts.
                     * @enum {string}
                     */
                    mode?: "enforce" | "shadow";
                    name?: string;
                    /** @description Flat form of match.path. */
                    path?: string;
                    /** @description Higher first. Default: 0. */
                    priority?: number;
                    /** @description Requests per window over all callers; null or 0 = none. */
                    rate_limit?: number | null;
                    /** @description Default: 60. */
                    rate_limit_window_seconds?: number;
                    /** @description Default: true for an upstream, false for the others. */
                    requires_client_key?: boolean;
                    rewrite?: {
                        model?: string;
                        /** @description With parameters of match.path. */
                        path?: string;
                        request_headers?: {
                            name: string;
                            /** @enum {string} */
                            op: "set" | "add" | "remove";
                            value?: string;
                        }[];
                        response_headers?: {
                            name: string;
                            /** @enum {string} */
                            op: "set" | "add" | "remove";
                            value?: string;
                        }[];
                    } | null;
                    /** @description Flat form of an action that forwards to one target. */
                    target_url?: string;
                    /** @description Seconds for the whole exchange; null or 0 = the default. */
                    timeout?: number | null;
                };
            };
        };
        responses: {
            /** @description Created and in force. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        action: {
                            /** @enum {string} */
                            type: "upstream" | "forward" | "deny" | "redirect" | "mock";
                        } & {
                            [key: string]: unknown;
                        };
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        match: {
                            account_ids: string[] | null;
                            client_key_ids: string[] | null;
                            headers: {
                                equals?: string;
                                name: string;
                                pattern?: string;
                                present?: boolean;
                            }[];
                            host: string | null;
                            methods: string[] | null;
                            model: string | null;
                            path: string;
                            query: {
                                equals?: string;
                                name: string;
                                pattern?: string;
                                present?: boolean;
                            }[];
                        };
                        /** @description match.methods with commas; null = all. */
                        method: string | null;
                        /** @enum {string} */
                        mode: "enforce" | "shadow";
                        name: string;
                        /** @description Same as match.path. */
                        path: string;
                        priority: number;
                        /** @description Requests per window over all callers. */
                        rate_limit: number | null;
                        rate_limit_window_seconds: number | null;
                        requires_client_key: boolean;
                        rewrite: {
                            model: string | null;
                            path: string | null;
                            request_headers: {
                                name: string;
                                /** @enum {string} */
                                op: "set" | "add" | "remove";
                                value?: string;
                            }[];
                            response_headers: {
                                name: string;
                                /** @enum {string} */
                                op: "set" | "add" | "remove";
                                value?: string;
                            }[];
                        } | null;
                        /** @description URL of the first target of an action that forwards. */
                        target_url: string | null;
                        /** @description Seconds. */
                        timeout: number | null;
                        /** Format: date-time */
                        updated_at: string;
                        warnings: {
                            /** @enum {string} */
                            kind: "shadowed_by" | "shadows" | "ambiguous";
                            message: string;
                            /** @description Opaque id. */
                            route_id: string;
                            route_name: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getRoutesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The route. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        action: {
                            /** @enum {string} */
                            type: "upstream" | "forward" | "deny" | "redirect" | "mock";
                        } & {
                            [key: string]: unknown;
                        };
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        match: {
                            account_ids: string[] | null;
                            client_key_ids: string[] | null;
                            headers: {
                                equals?: string;
                                name: string;
                                pattern?: string;
                                present?: boolean;
                            }[];
                            host: string | null;
                            methods: string[] | null;
                            model: string | null;
                            path: string;
                            query: {
                                equals?: string;
                                name: string;
                                pattern?: string;
                                present?: boolean;
                            }[];
                        };
                        /** @description match.methods with commas; null = all. */
                        method: string | null;
                        /** @enum {string} */
                        mode: "enforce" | "shadow";
                        name: string;
                        /** @description Same as match.path. */
                        path: string;
                        priority: number;
                        /** @description Requests per window over all callers. */
                        rate_limit: number | null;
                        rate_limit_window_seconds: number | null;
                        requires_client_key: boolean;
                        rewrite: {
                            model: string | null;
                            path: string | null;
                            request_headers: {
                                name: string;
                                /** @enum {string} */
                                op: "set" | "add" | "remove";
                                value?: string;
                            }[];
                            response_headers: {
                                name: string;
                                /** @enum {string} */
                                op: "set" | "add" | "remove";
                                value?: string;
                            }[];
                        } | null;
                        /** @description URL of the first target of an action that forwards. */
                        target_url: string | null;
                        /** @description Seconds. */
                        timeout: number | null;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    putRoutesById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "cheap model for the night job",
                 *       "priority": 10,
                 *       "match": {
                 *         "path": "/jobs/*rest",
                 *         "methods": [
                 *           "POST"
                 *         ],
                 *         "headers": [
                 *           {
                 *             "name": "x-job",
                 *             "pattern": "night-*"
                 *           }
                 *         ]
                 *       },
                 *       "action": {
                 *         "type": "deny",
                 *         "message": "The night job is switched off."
                 *       }
                 *     }
                 */
                "application/json": {
                    action?: {
                        /** @constant */
                        type: "upstream";
                        /** @description Its slug. */
                        upstream: string;
                    } | {
                        targets: {
                            url: string;
                            /** @default 1 */
                            weight?: number;
                        }[];
                        /** @constant */
                        type: "forward";
                    } | {
                        message: string;
                        /** @default 403 */
                        status?: number;
                        /** @constant */
                        type: "deny";
                    } | {
                        location: string;
                        /** @default 302 */
                        status?: number;
                        /** @constant */
                        type: "redirect";
                    } | {
                        /** @default  */
                        body?: string;
                        /** @default {} */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @default 200 */
                        status?: number;
                        /** @constant */
                        type: "mock";
                    };
                    enabled?: boolean;
                    match?: {
                        account_ids?: string[] | null;
                        client_key_ids?: string[] | null;
                        /** @description All must hold. */
                        headers?: {
                            equals?: string;
                            name: string;
                            /** @description A glob: * is any run of characters, everything else is itself. */
                            pattern?: string;
                            present?: boolean;
                        }[];
                        /** @description A name, or *.example.com for all below it. */
                        host?: string | null;
                        /** @description null = all. GET takes HEAD too. */
                        methods?: string[] | null;
                        /** @description Glob over the model of a JSON body. */
                        model?: string | null;
                        /** @description Literal segments, :name for one segment, *name at the end for the rest. */
                        path: string;
                        /** @description All must hold. */
                        query?: {
                            equals?: string;
                            name: string;
                            /** @description A glob: * is any run of characters, everything else is itself. */
                            pattern?: string;
                            present?: boolean;
                        }[];
                    };
                    /** @description Flat form of match.methods: one or several with commas; "*", "ANY", "" or null = all. */
                    method?: string | null;
                    /**
                     * @description shadow: counted and logged, never acts.
                     * @enum {string}
                     */
                    mode?: "enforce" | "shadow";
                    name?: string;
                    /** @description Flat form of match.path. */
                    path?: string;
                    /** @description Higher first. Default: 0. */
                    priority?: number;
                    /** @description Requests per window over all callers; null or 0 = none. */
                    rate_limit?: number | null;
                    /** @description Default: 60. */
                    rate_limit_window_seconds?: number;
                    /** @description Default: true for an upstream, false for the others. */
                    requires_client_key?: boolean;
                    rewrite?: {
                        model?: string;
                        /** @description With parameters of match.path. */
                        path?: string;
                        request_headers?: {
                            name: string;
                            /** @enum {string} */
                            op: "set" | "add" | "remove";
                            value?: string;
                        }[];
                        response_headers?: {
                            name: string;
                            /** @enum {string} */
                            op: "set" | "add" | "remove";
                            value?: string;
                        }[];
                    } | null;
                    /** @description Flat form of an action that forwards to one target. */
                    target_url?: string;
                    /** @description Seconds for the whole exchange; null or 0 = the default. */
                    timeout?: number | null;
                };
            };
        };
        responses: {
            /** @description Replaced and in force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        action: {
                            /** @enum {string} */
                            type: "upstream" | "forward" | "deny" | "redirect" | "mock";
                        } & {
                            [key: string]: unknown;
                        };
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        match: {
                            account_ids: string[] | null;
                            client_key_ids: string[] | null;
                            headers: {
                                equals?: string;
                                name: string;
                                pattern?: string;
                                present?: boolean;
                            }[];
                            host: string | null;
                            methods: string[] | null;
                            model: string | null;
                            path: string;
                            query: {
                                equals?: string;
                                name: string;
                                pattern?: string;
                                present?: boolean;
                            }[];
                        };
                        /** @description match.methods with commas; null = all. */
                        method: string | null;
                        /** @enum {string} */
                        mode: "enforce" | "shadow";
                        name: string;
                        /** @description Same as match.path. */
                        path: string;
                        priority: number;
                        /** @description Requests per window over all callers. */
                        rate_limit: number | null;
                        rate_limit_window_seconds: number | null;
                        requires_client_key: boolean;
                        rewrite: {
                            model: string | null;
                            path: string | null;
                            request_headers: {
                                name: string;
                                /** @enum {string} */
                                op: "set" | "add" | "remove";
                                value?: string;
                            }[];
                            response_headers: {
                                name: string;
                                /** @enum {string} */
                                op: "set" | "add" | "remove";
                                value?: string;
                            }[];
                        } | null;
                        /** @description URL of the first target of an action that forwards. */
                        target_url: string | null;
                        /** @description Seconds. */
                        timeout: number | null;
                        /** Format: date-time */
                        updated_at: string;
                        warnings: {
                            /** @enum {string} */
                            kind: "shadowed_by" | "shadows" | "ambiguous";
                            message: string;
                            /** @description Opaque id. */
                            route_id: string;
                            route_name: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    deleteRoutesById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    patchRoutesById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "mode": "shadow",
                 *       "rate_limit": 10
                 *     }
                 */
                "application/json": {
                    action?: {
                        /** @constant */
                        type: "upstream";
                        /** @description Its slug. */
                        upstream: string;
                    } | {
                        targets: {
                            url: string;
                            /** @default 1 */
                            weight?: number;
                        }[];
                        /** @constant */
                        type: "forward";
                    } | {
                        message: string;
                        /** @default 403 */
                        status?: number;
                        /** @constant */
                        type: "deny";
                    } | {
                        location: string;
                        /** @default 302 */
                        status?: number;
                        /** @constant */
                        type: "redirect";
                    } | {
                        /** @default  */
                        body?: string;
                        /** @default {} */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @default 200 */
                        status?: number;
                        /** @constant */
                        type: "mock";
                    };
                    enabled?: boolean;
                    match?: {
                        account_ids?: string[] | null;
                        client_key_ids?: string[] | null;
                        /** @description All must hold. */
                        headers?: {
                            equals?: string;
                            name: string;
                            /** @description A glob: * is any run of characters, everything else is itself. */
                            pattern?: string;
                            present?: boolean;
                        }[];
                        /** @description A name, or *.example.com for all below it. */
                        host?: string | null;
                        /** @description null = all. GET takes HEAD too. */
                        methods?: string[] | null;
                        /** @description Glob over the model of a JSON body. */
                        model?: string | null;
                        /** @description Literal segments, :name for one segment, *name at the end for the rest. */
                        path: string;
                        /** @description All must hold. */
                        query?: {
                            equals?: string;
                            name: string;
                            /** @description A glob: * is any run of characters, everything else is itself. */
                            pattern?: string;
                            present?: boolean;
                        }[];
                    };
                    /** @description Flat form of match.methods: one or several with commas; "*", "ANY", "" or null = all. */
                    method?: string | null;
                    /**
                     * @description shadow: counted and logged, never acts.
                     * @enum {string}
                     */
                    mode?: "enforce" | "shadow";
                    name?: string;
                    /** @description Flat form of match.path. */
                    path?: string;
                    /** @description Higher first. Default: 0. */
                    priority?: number;
                    /** @description Requests per window over all callers; null or 0 = none. */
                    rate_limit?: number | null;
                    /** @description Default: 60. */
                    rate_limit_window_seconds?: number;
                    /** @description Default: true for an upstream, false for the others. */
                    requires_client_key?: boolean;
                    rewrite?: {
                        model?: string;
                        /** @description With parameters of match.path. */
                        path?: string;
                        request_headers?: {
                            name: string;
                            /** @enum {string} */
                            op: "set" | "add" | "remove";
                            value?: string;
                        }[];
                        response_headers?: {
                            name: string;
                            /** @enum {string} */
                            op: "set" | "add" | "remove";
                            value?: string;
                        }[];
                    } | null;
                    /** @description Flat form of an action that forwards to one target. */
                    target_url?: string;
                    /** @description Seconds for the whole exchange; null or 0 = the default. */
                    timeout?: number | null;
                };
            };
        };
        responses: {
            /** @description Changed and in force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        action: {
                            /** @enum {string} */
                            type: "upstream" | "forward" | "deny" | "redirect" | "mock";
                        } & {
                            [key: string]: unknown;
                        };
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        match: {
                            account_ids: string[] | null;
                            client_key_ids: string[] | null;
                            headers: {
                                equals?: string;
                                name: string;
                                pattern?: string;
                                present?: boolean;
                            }[];
                            host: string | null;
                            methods: string[] | null;
                            model: string | null;
                            path: string;
                            query: {
                                equals?: string;
                                name: string;
                                pattern?: string;
                                present?: boolean;
                            }[];
                        };
                        /** @description match.methods with commas; null = all. */
                        method: string | null;
                        /** @enum {string} */
                        mode: "enforce" | "shadow";
                        name: string;
                        /** @description Same as match.path. */
                        path: string;
                        priority: number;
                        /** @description Requests per window over all callers. */
                        rate_limit: number | null;
                        rate_limit_window_seconds: number | null;
                        requires_client_key: boolean;
                        rewrite: {
                            model: string | null;
                            path: string | null;
                            request_headers: {
                                name: string;
                                /** @enum {string} */
                                op: "set" | "add" | "remove";
                                value?: string;
                            }[];
                            response_headers: {
                                name: string;
                                /** @enum {string} */
                                op: "set" | "add" | "remove";
                                value?: string;
                            }[];
                        } | null;
                        /** @description URL of the first target of an action that forwards. */
                        target_url: string | null;
                        /** @description Seconds. */
                        timeout: number | null;
                        /** Format: date-time */
                        updated_at: string;
                        warnings: {
                            /** @enum {string} */
                            kind: "shadowed_by" | "shadows" | "ambiguous";
                            message: string;
                            /** @description Opaque id. */
                            route_id: string;
                            route_name: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getSetup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of set-up. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description True until there is a user. */
                        open: boolean;
                        roles: ("viewer" | "operator" | "admin")[];
                    };
                };
            };
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postSetup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "the part of the set-up link behind token=",
                 *       "username": "admin",
                 *       "password": "Tr4verse-granite-otter"
                 *     }
                 */
                "application/json": {
                    password: string;
                    /**
                     * @description cookie: for browsers; the token is then in an httpOnly cookie and not in the answer.
                     * @default token
                     * @enum {string}
                     */
                    session?: "token" | "cookie";
                    token: string;
                    username: string;
                };
            };
        };
        responses: {
            /** @description Created and signed in. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Not with session: cookie. */
                        access_token?: string;
                        /** @description Seconds. */
                        expires_in: number;
                        /** @constant */
                        token_type?: "Bearer";
                        user: {
                            /** @description The account that the person is confined to; null = the whole gateway. */
                            account_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Opaque id. */
                            id: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "admin";
                            /** Format: date-time */
                            updated_at: string;
                            username: string;
                        };
                    };
                };
            };
            400: components["responses"]["Refused400"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        build: string;
                        counts: {
                            client_keys: number;
                            upstreams: number;
                            users: number;
                        };
                        /** Format: date-time */
                        started_at: string;
                        /** @constant */
                        status: "ok";
                        uptime_seconds: number;
                        version: string;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getUpstreams: {
        parameters: {
            query?: {
                limit?: number;
                page?: number;
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Upstreams in order of creation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            adapter: string;
                            /** @enum {string} */
                            balance: "round_robin" | "weighted" | "least_connections";
                            /** @description URL of the first target. */
                            base_url: string;
                            /** @description null = the default: off for one target, on for several. */
                            circuit_breaker: ("off" | {
                                /**
                                 * @description With every target open: refuse at once (503) instead of trying nevertheless.
                                 * @default false
                                 */
                                fail_fast: boolean;
                                /** @default 0.5 */
                                failure_ratio: number;
                                /**
                                 * @description Requests in the window below which it never opens.
                                 * @default 5
                                 */
                                minimum_requests: number;
                                /** @default 10 */
                                open_seconds: number;
                                /**
                                 * @description Requests that try an open one, and must all succeed.
                                 * @default 1
                                 */
                                probes: number;
                                /** @default 10 */
                                window_seconds: number;
                            }) | null;
                            connect_timeout_ms: number | null;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            first_byte_timeout_ms: number | null;
                            health_check: {
                                /**
                                 * @description Statuses and ranges: 200-399,404.
                                 * @default 200-399
                                 */
                                expected_status: string;
                                /** @default 2 */
                                healthy_threshold: number;
                                /** @default 10 */
                                interval_seconds: number;
                                /** @description From the root of the target, e.g. /healthz. It is asked for with GET, without any key. */
                                path: string;
                                /** @default 2 */
                                timeout_seconds: number;
                                /** @default 3 */
                                unhealthy_threshold: number;
                            } | null;
                            /** @description Opaque id. */
                            id: string;
                            idle_timeout_ms: number | null;
                            /** @enum {string} */
                            key_location: "header" | "query" | "basic" | "cookie" | "body";
                            key_name: string;
                            key_prefix: string;
                            /** @description How many keys are in which state. */
                            keys: {
                                cooling: number;
                                disabled: number;
                                parked: number;
                                probing: number;
                                ready: number;
                                total: number;
                            };
                            /** @enum {string} */
                            kind: "llm" | "generic";
                            /** @enum {string} */
                            managed_by: "person" | "environment" | "demo";
                            max_attempts: number;
                            name: string;
                            /** @description Path below the gateway under which clients reach it. */
                            proxy_path: string;
                            retry_ambiguous: boolean;
                            slug: string;
                            /** @enum {string} */
                            strategy: "round_robin";
                            targets: {
                                url: string;
                                weight: number;
                            }[];
                            total_timeout_ms: number | null;
                            /** Format: date-time */
                            updated_at: string;
                        }[];
                        limit: number;
                        page: number;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postUpstreams: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "slug": "weather",
                 *       "base_url": "https://api.example.com/v1",
                 *       "key_location": "header",
                 *       "key_name": "x-api-key"
                 *     }
                 */
                "application/json": {
                    /** @description See GET /adapters. Default: generic. */
                    adapter?: string;
                    /**
                     * @description How requests are shared between targets. Default: round_robin.
                     * @enum {string}
                     */
                    balance?: "round_robin" | "weighted" | "least_connections";
                    /** @description Instead of targets. Default: that of the adapter. */
                    base_url?: string;
                    /** @description null = the default: off for one target, on for several. */
                    circuit_breaker?: ("off" | {
                        /**
                         * @description With every target open: refuse at once (503) instead of trying nevertheless.
                         * @default false
                         */
                        fail_fast?: boolean;
                        /** @default 0.5 */
                        failure_ratio?: number;
                        /**
                         * @description Requests in the window below which it never opens.
                         * @default 5
                         */
                        minimum_requests?: number;
                        /** @default 10 */
                        open_seconds?: number;
                        /**
                         * @description Requests that try an open one, and must all succeed.
                         * @default 1
                         */
                        probes?: number;
                        /** @default 10 */
                        window_seconds?: number;
                    }) | null;
                    /** @description ms to connect; null = the default. */
                    connect_timeout_ms?: number | null;
                    enabled?: boolean;
                    /** @description ms to the first byte of the answer; null = the default. */
                    first_byte_timeout_ms?: number | null;
                    /** @description null = none. */
                    health_check?: {
                        /**
                         * @description Statuses and ranges: 200-399,404.
                         * @default 200-399
                         */
                        expected_status?: string;
                        /** @default 2 */
                        healthy_threshold?: number;
                        /** @default 10 */
                        interval_seconds?: number;
                        /** @description From the root of the target, e.g. /healthz. It is asked for with GET, without any key. */
                        path: string;
                        /** @default 2 */
                        timeout_seconds?: number;
                        /** @default 3 */
                        unhealthy_threshold?: number;
                    } | null;
                    /** @description ms of silence inside an answer; null = the default. */
                    idle_timeout_ms?: number | null;
                    /** @enum {string} */
                    key_location?: "header" | "query" | "basic" | "cookie" | "body";
                    key_name?: string;
                    key_prefix?: string;
                    /**
                     * @description Follows from the adapter.
                     * @enum {string}
                     */
                    kind?: "llm" | "generic";
                    max_attempts?: number;
                    name?: string;
                    /** @description Replay POST and PATCH after an ambiguous failure: they may run twice at the vendor. */
                    retry_ambiguous?: boolean;
                    /** @description Lower-case letters, digits, - and _; part of the path that clients call. */
                    slug?: string;
                    /** @enum {string} */
                    strategy?: "round_robin";
                    targets?: {
                        url: string;
                        /** @default 1 */
                        weight?: number;
                    }[];
                    /** @description ms for the whole exchange; null = the default. */
                    total_timeout_ms?: number | null;
                };
            };
        };
        responses: {
            /** @description Created and in force. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        adapter: string;
                        /** @enum {string} */
                        balance: "round_robin" | "weighted" | "least_connections";
                        /** @description URL of the first target. */
                        base_url: string;
                        /** @description null = the default: off for one target, on for several. */
                        circuit_breaker: ("off" | {
                            /**
                             * @description With every target open: refuse at once (503) instead of trying nevertheless.
                             * @default false
                             */
                            fail_fast: boolean;
                            /** @default 0.5 */
                            failure_ratio: number;
                            /**
                             * @description Requests in the window below which it never opens.
                             * @default 5
                             */
                            minimum_requests: number;
                            /** @default 10 */
                            open_seconds: number;
                            /**
                             * @description Requests that try an open one, and must all succeed.
                             * @default 1
                             */
                            probes: number;
                            /** @default 10 */
                            window_seconds: number;
                        }) | null;
                        connect_timeout_ms: number | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        first_byte_timeout_ms: number | null;
                        health_check: {
                            /**
                             * @description Statuses and ranges: 200-399,404.
                             * @default 200-399
                             */
                            expected_status: string;
                            /** @default 2 */
                            healthy_threshold: number;
                            /** @default 10 */
                            interval_seconds: number;
                            /** @description From the root of the target, e.g. /healthz. It is asked for with GET, without any key. */
                            path: string;
                            /** @default 2 */
                            timeout_seconds: number;
                            /** @default 3 */
                            unhealthy_threshold: number;
                        } | null;
                        /** @description Opaque id. */
                        id: string;
                        idle_timeout_ms: number | null;
                        /** @enum {string} */
                        key_location: "header" | "query" | "basic" | "cookie" | "body";
                        key_name: string;
                        key_prefix: string;
                        /** @description How many keys are in which state. */
                        keys: {
                            cooling: number;
                            disabled: number;
                            parked: number;
                            probing: number;
                            ready: number;
                            total: number;
                        };
                        /** @enum {string} */
                        kind: "llm" | "generic";
                        /** @enum {string} */
                        managed_by: "person" | "environment" | "demo";
                        max_attempts: number;
                        name: string;
                        /** @description Path below the gateway under which clients reach it. */
                        proxy_path: string;
                        retry_ambiguous: boolean;
                        slug: string;
                        /** @enum {string} */
                        strategy: "round_robin";
                        targets: {
                            url: string;
                            weight: number;
                        }[];
                        total_timeout_ms: number | null;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getUpstreamsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The upstream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        adapter: string;
                        /** @enum {string} */
                        balance: "round_robin" | "weighted" | "least_connections";
                        /** @description URL of the first target. */
                        base_url: string;
                        /** @description null = the default: off for one target, on for several. */
                        circuit_breaker: ("off" | {
                            /**
                             * @description With every target open: refuse at once (503) instead of trying nevertheless.
                             * @default false
                             */
                            fail_fast: boolean;
                            /** @default 0.5 */
                            failure_ratio: number;
                            /**
                             * @description Requests in the window below which it never opens.
                             * @default 5
                             */
                            minimum_requests: number;
                            /** @default 10 */
                            open_seconds: number;
                            /**
                             * @description Requests that try an open one, and must all succeed.
                             * @default 1
                             */
                            probes: number;
                            /** @default 10 */
                            window_seconds: number;
                        }) | null;
                        connect_timeout_ms: number | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        first_byte_timeout_ms: number | null;
                        health_check: {
                            /**
                             * @description Statuses and ranges: 200-399,404.
                             * @default 200-399
                             */
                            expected_status: string;
                            /** @default 2 */
                            healthy_threshold: number;
                            /** @default 10 */
                            interval_seconds: number;
                            /** @description From the root of the target, e.g. /healthz. It is asked for with GET, without any key. */
                            path: string;
                            /** @default 2 */
                            timeout_seconds: number;
                            /** @default 3 */
                            unhealthy_threshold: number;
                        } | null;
                        /** @description Opaque id. */
                        id: string;
                        idle_timeout_ms: number | null;
                        /** @enum {string} */
                        key_location: "header" | "query" | "basic" | "cookie" | "body";
                        key_name: string;
                        key_prefix: string;
                        /** @description How many keys are in which state. */
                        keys: {
                            cooling: number;
                            disabled: number;
                            parked: number;
                            probing: number;
                            ready: number;
                            total: number;
                        };
                        /** @enum {string} */
                        kind: "llm" | "generic";
                        /** @enum {string} */
                        managed_by: "person" | "environment" | "demo";
                        max_attempts: number;
                        name: string;
                        /** @description Path below the gateway under which clients reach it. */
                        proxy_path: string;
                        retry_ambiguous: boolean;
                        slug: string;
                        /** @enum {string} */
                        strategy: "round_robin";
                        targets: {
                            url: string;
                            weight: number;
                        }[];
                        total_timeout_ms: number | null;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    putUpstreamsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "slug": "weather",
                 *       "base_url": "https://api.example.com/v2",
                 *       "key_location": "query",
                 *       "key_name": "apikey"
                 *     }
                 */
                "application/json": {
                    /** @description See GET /adapters. Default: generic. */
                    adapter?: string;
                    /**
                     * @description How requests are shared between targets. Default: round_robin.
                     * @enum {string}
                     */
                    balance?: "round_robin" | "weighted" | "least_connections";
                    /** @description Instead of targets. Default: that of the adapter. */
                    base_url?: string;
                    /** @description null = the default: off for one target, on for several. */
                    circuit_breaker?: ("off" | {
                        /**
                         * @description With every target open: refuse at once (503) instead of trying nevertheless.
                         * @default false
                         */
                        fail_fast?: boolean;
                        /** @default 0.5 */
                        failure_ratio?: number;
                        /**
                         * @description Requests in the window below which it never opens.
                         * @default 5
                         */
                        minimum_requests?: number;
                        /** @default 10 */
                        open_seconds?: number;
                        /**
                         * @description Requests that try an open one, and must all succeed.
                         * @default 1
                         */
                        probes?: number;
                        /** @default 10 */
                        window_seconds?: number;
                    }) | null;
                    /** @description ms to connect; null = the default. */
                    connect_timeout_ms?: number | null;
                    enabled?: boolean;
                    /** @description ms to the first byte of the answer; null = the default. */
                    first_byte_timeout_ms?: number | null;
                    /** @description null = none. */
                    health_check?: {
                        /**
                         * @description Statuses and ranges: 200-399,404.
                         * @default 200-399
                         */
                        expected_status?: string;
                        /** @default 2 */
                        healthy_threshold?: number;
                        /** @default 10 */
                        interval_seconds?: number;
                        /** @description From the root of the target, e.g. /healthz. It is asked for with GET, without any key. */
                        path: string;
                        /** @default 2 */
                        timeout_seconds?: number;
                        /** @default 3 */
                        unhealthy_threshold?: number;
                    } | null;
                    /** @description ms of silence inside an answer; null = the default. */
                    idle_timeout_ms?: number | null;
                    /** @enum {string} */
                    key_location?: "header" | "query" | "basic" | "cookie" | "body";
                    key_name?: string;
                    key_prefix?: string;
                    /**
                     * @description Follows from the adapter.
                     * @enum {string}
                     */
                    kind?: "llm" | "generic";
                    max_attempts?: number;
                    name?: string;
                    /** @description Replay POST and PATCH after an ambiguous failure: they may run twice at the vendor. */
                    retry_ambiguous?: boolean;
                    /** @description Lower-case letters, digits, - and _; part of the path that clients call. */
                    slug?: string;
                    /** @enum {string} */
                    strategy?: "round_robin";
                    targets?: {
                        url: string;
                        /** @default 1 */
                        weight?: number;
                    }[];
                    /** @description ms for the whole exchange; null = the default. */
                    total_timeout_ms?: number | null;
                };
            };
        };
        responses: {
            /** @description Replaced and in force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        adapter: string;
                        /** @enum {string} */
                        balance: "round_robin" | "weighted" | "least_connections";
                        /** @description URL of the first target. */
                        base_url: string;
                        /** @description null = the default: off for one target, on for several. */
                        circuit_breaker: ("off" | {
                            /**
                             * @description With every target open: refuse at once (503) instead of trying nevertheless.
                             * @default false
                             */
                            fail_fast: boolean;
                            /** @default 0.5 */
                            failure_ratio: number;
                            /**
                             * @description Requests in the window below which it never opens.
                             * @default 5
                             */
                            minimum_requests: number;
                            /** @default 10 */
                            open_seconds: number;
                            /**
                             * @description Requests that try an open one, and must all succeed.
                             * @default 1
                             */
                            probes: number;
                            /** @default 10 */
                            window_seconds: number;
                        }) | null;
                        connect_timeout_ms: number | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        first_byte_timeout_ms: number | null;
                        health_check: {
                            /**
                             * @description Statuses and ranges: 200-399,404.
                             * @default 200-399
                             */
                            expected_status: string;
                            /** @default 2 */
                            healthy_threshold: number;
                            /** @default 10 */
                            interval_seconds: number;
                            /** @description From the root of the target, e.g. /healthz. It is asked for with GET, without any key. */
                            path: string;
                            /** @default 2 */
                            timeout_seconds: number;
                            /** @default 3 */
                            unhealthy_threshold: number;
                        } | null;
                        /** @description Opaque id. */
                        id: string;
                        idle_timeout_ms: number | null;
                        /** @enum {string} */
                        key_location: "header" | "query" | "basic" | "cookie" | "body";
                        key_name: string;
                        key_prefix: string;
                        /** @description How many keys are in which state. */
                        keys: {
                            cooling: number;
                            disabled: number;
                            parked: number;
                            probing: number;
                            ready: number;
                            total: number;
                        };
                        /** @enum {string} */
                        kind: "llm" | "generic";
                        /** @enum {string} */
                        managed_by: "person" | "environment" | "demo";
                        max_attempts: number;
                        name: string;
                        /** @description Path below the gateway under which clients reach it. */
                        proxy_path: string;
                        retry_ambiguous: boolean;
                        slug: string;
                        /** @enum {string} */
                        strategy: "round_robin";
                        targets: {
                            url: string;
                            weight: number;
                        }[];
                        total_timeout_ms: number | null;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    deleteUpstreamsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    patchUpstreamsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": {
                    /** @description See GET /adapters. Default: generic. */
                    adapter?: string;
                    /**
                     * @description How requests are shared between targets. Default: round_robin.
                     * @enum {string}
                     */
                    balance?: "round_robin" | "weighted" | "least_connections";
                    /** @description Instead of targets. Default: that of the adapter. */
                    base_url?: string;
                    /** @description null = the default: off for one target, on for several. */
                    circuit_breaker?: ("off" | {
                        /**
                         * @description With every target open: refuse at once (503) instead of trying nevertheless.
                         * @default false
                         */
                        fail_fast?: boolean;
                        /** @default 0.5 */
                        failure_ratio?: number;
                        /**
                         * @description Requests in the window below which it never opens.
                         * @default 5
                         */
                        minimum_requests?: number;
                        /** @default 10 */
                        open_seconds?: number;
                        /**
                         * @description Requests that try an open one, and must all succeed.
                         * @default 1
                         */
                        probes?: number;
                        /** @default 10 */
                        window_seconds?: number;
                    }) | null;
                    /** @description ms to connect; null = the default. */
                    connect_timeout_ms?: number | null;
                    enabled?: boolean;
                    /** @description ms to the first byte of the answer; null = the default. */
                    first_byte_timeout_ms?: number | null;
                    /** @description null = none. */
                    health_check?: {
                        /**
                         * @description Statuses and ranges: 200-399,404.
                         * @default 200-399
                         */
                        expected_status?: string;
                        /** @default 2 */
                        healthy_threshold?: number;
                        /** @default 10 */
                        interval_seconds?: number;
                        /** @description From the root of the target, e.g. /healthz. It is asked for with GET, without any key. */
                        path: string;
                        /** @default 2 */
                        timeout_seconds?: number;
                        /** @default 3 */
                        unhealthy_threshold?: number;
                    } | null;
                    /** @description ms of silence inside an answer; null = the default. */
                    idle_timeout_ms?: number | null;
                    /** @enum {string} */
                    key_location?: "header" | "query" | "basic" | "cookie" | "body";
                    key_name?: string;
                    key_prefix?: string;
                    /**
                     * @description Follows from the adapter.
                     * @enum {string}
                     */
                    kind?: "llm" | "generic";
                    max_attempts?: number;
                    name?: string;
                    /** @description Replay POST and PATCH after an ambiguous failure: they may run twice at the vendor. */
                    retry_ambiguous?: boolean;
                    /** @description Lower-case letters, digits, - and _; part of the path that clients call. */
                    slug?: string;
                    /** @enum {string} */
                    strategy?: "round_robin";
                    targets?: {
                        url: string;
                        /** @default 1 */
                        weight?: number;
                    }[];
                    /** @description ms for the whole exchange; null = the default. */
                    total_timeout_ms?: number | null;
                };
            };
        };
        responses: {
            /** @description Changed and in force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        adapter: string;
                        /** @enum {string} */
                        balance: "round_robin" | "weighted" | "least_connections";
                        /** @description URL of the first target. */
                        base_url: string;
                        /** @description null = the default: off for one target, on for several. */
                        circuit_breaker: ("off" | {
                            /**
                             * @description With every target open: refuse at once (503) instead of trying nevertheless.
                             * @default false
                             */
                            fail_fast: boolean;
                            /** @default 0.5 */
                            failure_ratio: number;
                            /**
                             * @description Requests in the window below which it never opens.
                             * @default 5
                             */
                            minimum_requests: number;
                            /** @default 10 */
                            open_seconds: number;
                            /**
                             * @description Requests that try an open one, and must all succeed.
                             * @default 1
                             */
                            probes: number;
                            /** @default 10 */
                            window_seconds: number;
                        }) | null;
                        connect_timeout_ms: number | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        first_byte_timeout_ms: number | null;
                        health_check: {
                            /**
                             * @description Statuses and ranges: 200-399,404.
                             * @default 200-399
                             */
                            expected_status: string;
                            /** @default 2 */
                            healthy_threshold: number;
                            /** @default 10 */
                            interval_seconds: number;
                            /** @description From the root of the target, e.g. /healthz. It is asked for with GET, without any key. */
                            path: string;
                            /** @default 2 */
                            timeout_seconds: number;
                            /** @default 3 */
                            unhealthy_threshold: number;
                        } | null;
                        /** @description Opaque id. */
                        id: string;
                        idle_timeout_ms: number | null;
                        /** @enum {string} */
                        key_location: "header" | "query" | "basic" | "cookie" | "body";
                        key_name: string;
                        key_prefix: string;
                        /** @description How many keys are in which state. */
                        keys: {
                            cooling: number;
                            disabled: number;
                            parked: number;
                            probing: number;
                            ready: number;
                            total: number;
                        };
                        /** @enum {string} */
                        kind: "llm" | "generic";
                        /** @enum {string} */
                        managed_by: "person" | "environment" | "demo";
                        max_attempts: number;
                        name: string;
                        /** @description Path below the gateway under which clients reach it. */
                        proxy_path: string;
                        retry_ambiguous: boolean;
                        slug: string;
                        /** @enum {string} */
                        strategy: "round_robin";
                        targets: {
                            url: string;
                            weight: number;
                        }[];
                        total_timeout_ms: number | null;
                        /** Format: date-time */
                        updated_at: string;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getUpstreamsByIdKeys: {
        parameters: {
            query?: {
                limit?: number;
                page?: number;
                search?: string;
                state?: "ready" | "cooling" | "probing" | "parked" | "disabled";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Keys in order of creation, with the state in force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** Format: date-time */
                            changed_at: string;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Recognises the key without knowing it. */
                            fingerprint: string;
                            /** @description Opaque id. */
                            id: string;
                            label: string;
                            last_used_at: string | null;
                            limits: {
                                max_in_flight: number | null;
                                rpd: number | null;
                                rpm: number | null;
                                tpm: number | null;
                            };
                            masked: string;
                            quota_group: string;
                            reason: string;
                            /** @enum {string} */
                            state: "ready" | "cooling" | "probing" | "parked" | "disabled";
                            tier: number;
                            /** @description When it recovers or is tried again by itself. */
                            until: string | null;
                            /** @description Opaque id. */
                            upstream_id: string;
                            weight: number;
                        }[];
                        limit: number;
                        page: number;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postUpstreamsByIdKeys: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "value": "sk-the-vendor-key-0123456789abcdef",
                 *       "label": "team a",
                 *       "weight": 2,
                 *       "limits": {
                 *         "rpm": 60
                 *       }
                 *     }
                 */
                "application/json": {
                    enabled?: boolean;
                    label?: string;
                    limits?: {
                        max_in_flight?: number | null;
                        rpd?: number | null;
                        rpm?: number | null;
                        tpm?: number | null;
                    };
                    /** @description Keys that share one vendor quota. */
                    quota_group?: string;
                    /** @description 0 = primary; a tier is used only while every lower one has no usable key. */
                    tier?: number;
                    /** @description The vendor key. Never shown again. */
                    value: string;
                    /** @description Share of the rotation among the keys of its tier. */
                    weight?: number;
                };
            };
        };
        responses: {
            /** @description Stored encrypted and in rotation. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        changed_at: string;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Recognises the key without knowing it. */
                        fingerprint: string;
                        /** @description Opaque id. */
                        id: string;
                        label: string;
                        last_used_at: string | null;
                        limits: {
                            max_in_flight: number | null;
                            rpd: number | null;
                            rpm: number | null;
                            tpm: number | null;
                        };
                        masked: string;
                        quota_group: string;
                        reason: string;
                        /** @enum {string} */
                        state: "ready" | "cooling" | "probing" | "parked" | "disabled";
                        tier: number;
                        /** @description When it recovers or is tried again by itself. */
                        until: string | null;
                        /** @description Opaque id. */
                        upstream_id: string;
                        weight: number;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    deleteUpstreamsByIdKeys: {
        parameters: {
            query?: {
                state?: "ready" | "cooling" | "probing" | "parked" | "disabled";
            };
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: number;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postUpstreamsByIdKeysImport: {
        parameters: {
            query?: {
                dry_run?: "true" | "false";
            };
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "keys": [
                 *         "sk-the-first-0123456789abcdef0123",
                 *         {
                 *           "value": "sk-the-second-0123456789abcdef012",
                 *           "tier": 1
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    keys: (string | {
                        enabled?: boolean;
                        label?: string;
                        limits?: {
                            max_in_flight?: number | null;
                            rpd?: number | null;
                            rpm?: number | null;
                            tpm?: number | null;
                        };
                        /** @description Keys that share one vendor quota. */
                        quota_group?: string;
                        /** @description 0 = primary; a tier is used only while every lower one has no usable key. */
                        tier?: number;
                        /** @description The vendor key. Never shown again. */
                        value: string;
                        /** @description Share of the rotation among the keys of its tier. */
                        weight?: number;
                    })[];
                };
                "text/csv": string;
                "text/plain": string;
            };
        };
        responses: {
            /** @description What was created, known before, or not understood. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created: number;
                        dry_run: boolean;
                        duplicate_lines: number[];
                        duplicates: number;
                        invalid: number;
                        /** @description At most 1,000. */
                        invalid_lines: {
                            line: number;
                            reason: string;
                        }[];
                        /** @description Accepted, but they do not look like the vendor's keys. */
                        suspicious: number;
                        suspicious_lines: number[];
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getUsers: {
        parameters: {
            query?: {
                limit?: number;
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Users in order of creation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description The account that the person is confined to; null = the whole gateway. */
                            account_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            enabled: boolean;
                            /** @description Opaque id. */
                            id: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "admin";
                            /** Format: date-time */
                            updated_at: string;
                            username: string;
                        }[];
                        limit: number;
                        page: number;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    postUsers: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repetition within 24 hours is not done twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "username": "ada",
                 *       "password": "Quarry-lantern-73-moss",
                 *       "role": "operator"
                 *     }
                 */
                "application/json": {
                    /** @description The account that it belongs to; null = none. Only people of the whole gateway may name it. */
                    account_id?: string | null;
                    enabled?: boolean;
                    /** @description 12 to 128 characters, not a well-known one. */
                    password: string;
                    /** @enum {string} */
                    role: "viewer" | "operator" | "admin";
                    username: string;
                };
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The account that the person is confined to; null = the whole gateway. */
                        account_id: string | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        /** @enum {string} */
                        role: "viewer" | "operator" | "admin";
                        /** Format: date-time */
                        updated_at: string;
                        username: string;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            409: components["responses"]["Refused409"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getUsersById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The account that the person is confined to; null = the whole gateway. */
                        account_id: string | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        /** @enum {string} */
                        role: "viewer" | "operator" | "admin";
                        /** Format: date-time */
                        updated_at: string;
                        username: string;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    deleteUsersById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    patchUsersById: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag that the change is based on; another one answers 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "role": "viewer"
                 *     }
                 */
                "application/json": {
                    enabled?: boolean;
                    /** @description 12 to 128 characters, not a well-known one. */
                    password?: string;
                    /** @enum {string} */
                    role?: "viewer" | "operator" | "admin";
                };
            };
        };
        responses: {
            /** @description Changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The account that the person is confined to; null = the whole gateway. */
                        account_id: string | null;
                        /** Format: date-time */
                        created_at: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        /** @enum {string} */
                        role: "viewer" | "operator" | "admin";
                        /** Format: date-time */
                        updated_at: string;
                        username: string;
                    };
                };
            };
            400: components["responses"]["Refused400"];
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            404: components["responses"]["Refused404"];
            409: components["responses"]["Refused409"];
            412: components["responses"]["Refused412"];
            415: components["responses"]["Refused415"];
            422: components["responses"]["Refused422"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
}
