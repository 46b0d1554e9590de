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
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen to what happens: requests, keys, changes, jobs, targets, health, replicas. See docs/events.md
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getEvents"];
        put?: never;
        post?: never;
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
    "/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs, newest first
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getJobs"];
        put?: never;
        /**
         * Start a job of a kind that people start
         * @description Permission: operator or admin.
         */
        post: operations["postJobs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job with its payload and result
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getJobsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job: one that waits at once, one that runs within a second
         * @description Permission: operator or admin.
         */
        post: operations["postJobsByIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the secrets that a job has made; they are given out once
         * @description Permission: operator or admin.
         */
        post: operations["postJobsByIdResult"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count jobs by status and kind
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getJobsStats"];
        put?: never;
        post?: never;
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
    "/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List requests, newest first
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/logs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one request by its request id, with every attempt and the time of each phase
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getLogsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/logs/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export requests, newest first, as CSV or as a JSON object per line; at most 4 exports run at once
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getLogsExport"];
        put?: never;
        post?: never;
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
    "/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what can be set while the gateway runs
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the log level of every process, until it is started anew
         * @description Permission: admin.
         */
        patch: operations["patchSettings"];
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
         * Say how the gateway is: what it holds, who runs, what waits, what went wrong lately. Numbers are of this process
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
    "/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sum up requests, tokens and estimated cost, by client key, account, upstream, model and time
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export sums as CSV or as a JSON object per line
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getUsageExport"];
        put?: never;
        post?: never;
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
    "/websocket/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say who listens to this process, and how many WebSockets it carries
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getWebsocketStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen by WebSocket, also at /ws. See docs/events.md
         * @description Permission: viewer or operator or admin.
         */
        get: operations["getWs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
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
                                key_tag?: string;
                                upstream: string;
                            }[] | null;
                            budget: {
                                amount_usd: number | null;
                                /**
                                 * @description Of the calendar, in UTC.
                                 * @enum {string}
                                 */
                                period: "day" | "month";
                                /** @description By requests in flight. */
                                reserved?: number | null;
                                /** Format: date-time */
                                resets_at: string;
                                /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                                spent?: number | null;
                                tokens: number | null;
                            } | null;
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
                                tpd: number | null;
                                tpm: number | null;
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
            query?: {
                background?: "true" | "false";
            };
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
                 *       },
                 *       "budget": {
                 *         "amount_usd": 250,
                 *         "period": "month"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Upstreams that it may use; null = all. */
                    bindings?: {
                        /** @description Its requests use only upstream keys that carry this tag; absent = all. */
                        key_tag?: string;
                        /** @description Slug. */
                        upstream: string;
                    }[] | null;
                    /** @description What all its client keys may spend together in a day or month; null = unlimited. */
                    budget?: {
                        /** @description Estimated with the prices that the gateway knows. */
                        amount_usd?: number;
                        /**
                         * @description Of the calendar, in UTC.
                         * @enum {string}
                         */
                        period: "day" | "month";
                        /** @description Tokens, in and out. */
                        tokens?: number;
                    } | null;
                    /** @description Makes this many accounts, each with a client key: up to 1000 at once, up to 50000 as a job. */
                    count?: number;
                    /** @description false refuses its client keys and signs its people out. */
                    enabled?: boolean;
                    /** @description What all its client keys may send together; absent or null = none. */
                    limits?: {
                        /** @description Requests at the same time. */
                        max_in_flight?: number | null;
                        /** @description Requests in any 24 hours. */
                        rpd?: number | null;
                        /** @description Requests in any minute. */
                        rpm?: number | null;
                        /** @description Requests in any second. */
                        rps?: number | null;
                        /** @description Tokens in any 24 hours, in and out. */
                        tpd?: number | null;
                        /** @description Tokens in any minute, in and out. */
                        tpm?: number | null;
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
                            key_tag?: string;
                            upstream: string;
                        }[] | null;
                        budget: {
                            amount_usd: number | null;
                            /**
                             * @description Of the calendar, in UTC.
                             * @enum {string}
                             */
                            period: "day" | "month";
                            /** @description By requests in flight. */
                            reserved?: number | null;
                            /** Format: date-time */
                            resets_at: string;
                            /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                            spent?: number | null;
                            tokens: number | null;
                        } | null;
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
                            tpd: number | null;
                            tpm: number | null;
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
            /** @description With count and background=true, or a count above 1000: the job that makes them. POST /jobs/{id}/result gives their keys out, once. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** @description Runs begun since the last checkpoint. */
                        attempts: number;
                        cancel_requested: boolean;
                        completed_at: string | null;
                        /** @description How many there are to be done; null = not known. */
                        count: number | null;
                        /** Format: date-time */
                        created_at: string;
                        created_by: string;
                        /** @description Of the last attempt that failed; empty when none did. */
                        error_message: string;
                        /** @description Opaque id. */
                        id: string;
                        kind: string;
                        max_attempts: number;
                        payload: unknown;
                        priority: number;
                        progress: {
                            done: number;
                            note: string;
                            percent: number | null;
                            total: number | null;
                        };
                        /** @description What came of it; null before the end. Secrets are not in it: POST /jobs/{id}/result gives them out once. */
                        result: unknown;
                        /** Format: date-time */
                        run_at: string;
                        started_at: string | null;
                        /**
                         * @description scheduled = its time has not come; failed = parked after its last attempt, or it can never succeed.
                         * @enum {string}
                         */
                        status: "scheduled" | "queued" | "running" | "succeeded" | "failed" | "cancelled";
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
                            key_tag?: string;
                            upstream: string;
                        }[] | null;
                        budget: {
                            amount_usd: number | null;
                            /**
                             * @description Of the calendar, in UTC.
                             * @enum {string}
                             */
                            period: "day" | "month";
                            /** @description By requests in flight. */
                            reserved?: number | null;
                            /** Format: date-time */
                            resets_at: string;
                            /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                            spent?: number | null;
                            tokens: number | null;
                        } | null;
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
                            tpd: number | null;
                            tpm: number | null;
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
                        /** @description Its requests use only upstream keys that carry this tag; absent = all. */
                        key_tag?: string;
                        /** @description Slug. */
                        upstream: string;
                    }[] | null;
                    /** @description What all its client keys may spend together in a day or month; null = unlimited. */
                    budget?: {
                        /** @description Estimated with the prices that the gateway knows. */
                        amount_usd?: number;
                        /**
                         * @description Of the calendar, in UTC.
                         * @enum {string}
                         */
                        period: "day" | "month";
                        /** @description Tokens, in and out. */
                        tokens?: number;
                    } | null;
                    /** @description false refuses its client keys and signs its people out. */
                    enabled?: boolean;
                    /** @description What all its client keys may send together; absent or null = none. */
                    limits?: {
                        /** @description Requests at the same time. */
                        max_in_flight?: number | null;
                        /** @description Requests in any 24 hours. */
                        rpd?: number | null;
                        /** @description Requests in any minute. */
                        rpm?: number | null;
                        /** @description Requests in any second. */
                        rps?: number | null;
                        /** @description Tokens in any 24 hours, in and out. */
                        tpd?: number | null;
                        /** @description Tokens in any minute, in and out. */
                        tpm?: number | null;
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
                            key_tag?: string;
                            upstream: string;
                        }[] | null;
                        budget: {
                            amount_usd: number | null;
                            /**
                             * @description Of the calendar, in UTC.
                             * @enum {string}
                             */
                            period: "day" | "month";
                            /** @description By requests in flight. */
                            reserved?: number | null;
                            /** Format: date-time */
                            resets_at: string;
                            /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                            spent?: number | null;
                            tokens: number | null;
                        } | null;
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
                            tpd: number | null;
                            tpm: number | null;
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
                        /** @description Its requests use only upstream keys that carry this tag; absent = all. */
                        key_tag?: string;
                        /** @description Slug. */
                        upstream: string;
                    }[] | null;
                    /** @description What all its client keys may spend together in a day or month; null = unlimited. */
                    budget?: {
                        /** @description Estimated with the prices that the gateway knows. */
                        amount_usd?: number;
                        /**
                         * @description Of the calendar, in UTC.
                         * @enum {string}
                         */
                        period: "day" | "month";
                        /** @description Tokens, in and out. */
                        tokens?: number;
                    } | null;
                    /** @description false refuses its client keys and signs its people out. */
                    enabled?: boolean;
                    /** @description What all its client keys may send together; absent or null = none. */
                    limits?: {
                        /** @description Requests at the same time. */
                        max_in_flight?: number | null;
                        /** @description Requests in any 24 hours. */
                        rpd?: number | null;
                        /** @description Requests in any minute. */
                        rpm?: number | null;
                        /** @description Requests in any second. */
                        rps?: number | null;
                        /** @description Tokens in any 24 hours, in and out. */
                        tpd?: number | null;
                        /** @description Tokens in any minute, in and out. */
                        tpm?: number | null;
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
                            key_tag?: string;
                            upstream: string;
                        }[] | null;
                        budget: {
                            amount_usd: number | null;
                            /**
                             * @description Of the calendar, in UTC.
                             * @enum {string}
                             */
                            period: "day" | "month";
                            /** @description By requests in flight. */
                            reserved?: number | null;
                            /** Format: date-time */
                            resets_at: string;
                            /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                            spent?: number | null;
                            tokens: number | null;
                        } | null;
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
                            tpd: number | null;
                            tpm: number | null;
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
                            budget: {
                                amount_usd: number | null;
                                /**
                                 * @description Of the calendar, in UTC.
                                 * @enum {string}
                                 */
                                period: "day" | "month";
                                /** @description By requests in flight. */
                                reserved?: number | null;
                                /** Format: date-time */
                                resets_at: string;
                                /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                                spent?: number | null;
                                tokens: number | null;
                            } | null;
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
                                tpd: number | null;
                                tpm: number | null;
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
                 *         "tpm": 100000,
                 *         "max_in_flight": 10
                 *       },
                 *       "budget": {
                 *         "tokens": 5000000,
                 *         "period": "month"
                 *       },
                 *       "expires_at": "2100-01-01T00:00:00Z"
                 *     }
                 */
                "application/json": {
                    /** @description The account that it belongs to; null = none. Only people of the whole gateway may name it. */
                    account_id?: string | null;
                    /** @description What it may spend in a day or month; null = unlimited. */
                    budget?: {
                        /** @description Estimated with the prices that the gateway knows. */
                        amount_usd?: number;
                        /**
                         * @description Of the calendar, in UTC.
                         * @enum {string}
                         */
                        period: "day" | "month";
                        /** @description Tokens, in and out. */
                        tokens?: number;
                    } | null;
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
                        /** @description Tokens in any 24 hours, in and out. */
                        tpd?: number | null;
                        /** @description Tokens in any minute, in and out. */
                        tpm?: number | null;
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
                        budget: {
                            amount_usd: number | null;
                            /**
                             * @description Of the calendar, in UTC.
                             * @enum {string}
                             */
                            period: "day" | "month";
                            /** @description By requests in flight. */
                            reserved?: number | null;
                            /** Format: date-time */
                            resets_at: string;
                            /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                            spent?: number | null;
                            tokens: number | null;
                        } | null;
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
                            tpd: number | null;
                            tpm: number | null;
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
                        budget: {
                            amount_usd: number | null;
                            /**
                             * @description Of the calendar, in UTC.
                             * @enum {string}
                             */
                            period: "day" | "month";
                            /** @description By requests in flight. */
                            reserved?: number | null;
                            /** Format: date-time */
                            resets_at: string;
                            /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                            spent?: number | null;
                            tokens: number | null;
                        } | null;
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
                            tpd: number | null;
                            tpm: number | null;
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
                    /** @description What it may spend in a day or month; null = unlimited. */
                    budget?: {
                        /** @description Estimated with the prices that the gateway knows. */
                        amount_usd?: number;
                        /**
                         * @description Of the calendar, in UTC.
                         * @enum {string}
                         */
                        period: "day" | "month";
                        /** @description Tokens, in and out. */
                        tokens?: number;
                    } | null;
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
                        /** @description Tokens in any 24 hours, in and out. */
                        tpd?: number | null;
                        /** @description Tokens in any minute, in and out. */
                        tpm?: number | null;
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
                        budget: {
                            amount_usd: number | null;
                            /**
                             * @description Of the calendar, in UTC.
                             * @enum {string}
                             */
                            period: "day" | "month";
                            /** @description By requests in flight. */
                            reserved?: number | null;
                            /** Format: date-time */
                            resets_at: string;
                            /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                            spent?: number | null;
                            tokens: number | null;
                        } | null;
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
                            tpd: number | null;
                            tpm: number | null;
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
                        budget: {
                            amount_usd: number | null;
                            /**
                             * @description Of the calendar, in UTC.
                             * @enum {string}
                             */
                            period: "day" | "month";
                            /** @description By requests in flight. */
                            reserved?: number | null;
                            /** Format: date-time */
                            resets_at: string;
                            /** @description In the unit of the budget. In answers about one only; null when it cannot be read now. */
                            spent?: number | null;
                            tokens: number | null;
                        } | null;
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
                            tpd: number | null;
                            tpm: number | null;
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
    getEvents: {
        parameters: {
            query?: {
                account_id?: string;
                client_key_id?: string;
                last_event_id?: string;
                topics?: string;
                upstream?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events until one of both sides ends it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
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
                        /** @description Token limits and budgets of the client key and its account: a request that consumes tokens is refused while one is spent. */
                        spending: {
                            is_spent: boolean;
                            limit: number;
                            /** @description tpm, tpd, budget; those of the account with account_ before. */
                            name: string;
                            /** @description By requests in flight. */
                            reserved: number | null;
                            resets_at: string | null;
                            /** @description null when it cannot be read now. */
                            spent: number | null;
                            /** @enum {string} */
                            unit: "tokens" | "usd";
                        }[];
                        /** @description route, management, proxy, llm, another surface, or none. */
                        surface: string;
                        upstream: {
                            enabled: boolean;
                            exists: boolean;
                            /** @description The account of the client key may use only keys that carry it; null = all. */
                            key_tag: string | null;
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
    getJobs: {
        parameters: {
            query?: {
                kind?: string;
                limit?: number;
                page?: number;
                status?: "scheduled" | "queued" | "running" | "succeeded" | "failed" | "cancelled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Jobs; people of an account see theirs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            account_id: string | null;
                            /** @description Runs begun since the last checkpoint. */
                            attempts: number;
                            cancel_requested: boolean;
                            completed_at: string | null;
                            /** @description How many there are to be done; null = not known. */
                            count: number | null;
                            /** Format: date-time */
                            created_at: string;
                            created_by: string;
                            /** @description Of the last attempt that failed; empty when none did. */
                            error_message: string;
                            /** @description Opaque id. */
                            id: string;
                            kind: string;
                            max_attempts: number;
                            priority: number;
                            progress: {
                                done: number;
                                note: string;
                                percent: number | null;
                                total: number | null;
                            };
                            /** Format: date-time */
                            run_at: string;
                            started_at: string | null;
                            /**
                             * @description scheduled = its time has not come; failed = parked after its last attempt, or it can never succeed.
                             * @enum {string}
                             */
                            status: "scheduled" | "queued" | "running" | "succeeded" | "failed" | "cancelled";
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
    postJobs: {
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
                 *       "kind": "account_provisioning",
                 *       "payload": {
                 *         "count": 2
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description key_validation, account_provisioning. */
                    kind: string;
                    /**
                     * @description What the kind needs to know; docs/jobs.md has all kinds.
                     * @default {}
                     */
                    payload?: {
                        [key: string]: unknown;
                    };
                    /**
                     * @description Higher goes first.
                     * @default 0
                     */
                    priority?: number;
                    /**
                     * Format: date-time
                     * @description Not before this time; default: at once.
                     */
                    run_at?: string;
                };
            };
        };
        responses: {
            /** @description There is such a job already, and one at a time is enough: this one. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** @description Runs begun since the last checkpoint. */
                        attempts: number;
                        cancel_requested: boolean;
                        completed_at: string | null;
                        /** @description How many there are to be done; null = not known. */
                        count: number | null;
                        /** Format: date-time */
                        created_at: string;
                        created_by: string;
                        /** @description Of the last attempt that failed; empty when none did. */
                        error_message: string;
                        /** @description Opaque id. */
                        id: string;
                        kind: string;
                        max_attempts: number;
                        payload: unknown;
                        priority: number;
                        progress: {
                            done: number;
                            note: string;
                            percent: number | null;
                            total: number | null;
                        };
                        /** @description What came of it; null before the end. Secrets are not in it: POST /jobs/{id}/result gives them out once. */
                        result: unknown;
                        /** Format: date-time */
                        run_at: string;
                        started_at: string | null;
                        /**
                         * @description scheduled = its time has not come; failed = parked after its last attempt, or it can never succeed.
                         * @enum {string}
                         */
                        status: "scheduled" | "queued" | "running" | "succeeded" | "failed" | "cancelled";
                    };
                };
            };
            /** @description Stored; it runs as soon as there is room. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** @description Runs begun since the last checkpoint. */
                        attempts: number;
                        cancel_requested: boolean;
                        completed_at: string | null;
                        /** @description How many there are to be done; null = not known. */
                        count: number | null;
                        /** Format: date-time */
                        created_at: string;
                        created_by: string;
                        /** @description Of the last attempt that failed; empty when none did. */
                        error_message: string;
                        /** @description Opaque id. */
                        id: string;
                        kind: string;
                        max_attempts: number;
                        payload: unknown;
                        priority: number;
                        progress: {
                            done: number;
                            note: string;
                            percent: number | null;
                            total: number | null;
                        };
                        /** @description What came of it; null before the end. Secrets are not in it: POST /jobs/{id}/result gives them out once. */
                        result: unknown;
                        /** Format: date-time */
                        run_at: string;
                        started_at: string | null;
                        /**
                         * @description scheduled = its time has not come; failed = parked after its last attempt, or it can never succeed.
                         * @enum {string}
                         */
                        status: "scheduled" | "queued" | "running" | "succeeded" | "failed" | "cancelled";
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
    getJobsById: {
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
            /** @description The job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** @description Runs begun since the last checkpoint. */
                        attempts: number;
                        cancel_requested: boolean;
                        completed_at: string | null;
                        /** @description How many there are to be done; null = not known. */
                        count: number | null;
                        /** Format: date-time */
                        created_at: string;
                        created_by: string;
                        /** @description Of the last attempt that failed; empty when none did. */
                        error_message: string;
                        /** @description Opaque id. */
                        id: string;
                        kind: string;
                        max_attempts: number;
                        payload: unknown;
                        priority: number;
                        progress: {
                            done: number;
                            note: string;
                            percent: number | null;
                            total: number | null;
                        };
                        /** @description What came of it; null before the end. Secrets are not in it: POST /jobs/{id}/result gives them out once. */
                        result: unknown;
                        /** Format: date-time */
                        run_at: string;
                        started_at: string | null;
                        /**
                         * @description scheduled = its time has not come; failed = parked after its last attempt, or it can never succeed.
                         * @enum {string}
                         */
                        status: "scheduled" | "queued" | "running" | "succeeded" | "failed" | "cancelled";
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
    postJobsByIdCancel: {
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
            /** @description The job; cancel_requested while it still runs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** @description Runs begun since the last checkpoint. */
                        attempts: number;
                        cancel_requested: boolean;
                        completed_at: string | null;
                        /** @description How many there are to be done; null = not known. */
                        count: number | null;
                        /** Format: date-time */
                        created_at: string;
                        created_by: string;
                        /** @description Of the last attempt that failed; empty when none did. */
                        error_message: string;
                        /** @description Opaque id. */
                        id: string;
                        kind: string;
                        max_attempts: number;
                        payload: unknown;
                        priority: number;
                        progress: {
                            done: number;
                            note: string;
                            percent: number | null;
                            total: number | null;
                        };
                        /** @description What came of it; null before the end. Secrets are not in it: POST /jobs/{id}/result gives them out once. */
                        result: unknown;
                        /** Format: date-time */
                        run_at: string;
                        started_at: string | null;
                        /**
                         * @description scheduled = its time has not come; failed = parked after its last attempt, or it can never succeed.
                         * @enum {string}
                         */
                        status: "scheduled" | "queued" | "running" | "succeeded" | "failed" | "cancelled";
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
    postJobsByIdResult: {
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
            /** @description All entries; from now on nobody can have them again. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: unknown[];
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
    getJobsStats: {
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
                        by_kind: {
                            [key: string]: {
                                [key: string]: number;
                            };
                        };
                        by_status: {
                            [key: string]: number;
                        };
                        oldest_queued_at: string | null;
                        total: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
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
                        tags: string[];
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
                    /** @description Accounts may be bound to the keys with one tag (key_tag). */
                    tags?: string[];
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
                        tags: string[];
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
                        tags: string[];
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
                            tags: string[];
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
    getLogs: {
        parameters: {
            query?: {
                account?: string;
                client_key?: string;
                cursor?: string;
                error_code?: string;
                from?: string;
                key?: string;
                limit?: number;
                min_duration_ms?: number;
                model?: string;
                outcome?: "ok" | "absorbed" | "upstream_error" | "rejected" | "exhausted" | "aborted";
                request_id?: string;
                route?: string;
                search?: string;
                status?: string;
                until?: string;
                upstream?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests; people of an account see those of its client keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            account_id: string | null;
                            attempts: number;
                            bytes_in: number;
                            bytes_out: number;
                            cache_read_tokens: number | null;
                            cache_write_tokens: number | null;
                            client_address: string;
                            client_key_id: string;
                            /** @description Estimated; null when the model has no known price. */
                            cost_usd: number | null;
                            /** @description Milliseconds. */
                            duration_ms: number;
                            /** Format: date-time */
                            ended_at: string;
                            error_code: string | null;
                            /** @description Until the first byte of the answer. */
                            first_byte_ms: number | null;
                            /** @description Of the row. */
                            id: string;
                            input_tokens: number | null;
                            /** @description Upstream key of the last attempt; null for people of an account. */
                            key_id: string | null;
                            /** @enum {string} */
                            kind: "llm" | "generic";
                            method: string;
                            model: string;
                            /**
                             * @description absorbed = served, after failures that the client never saw.
                             * @enum {string}
                             */
                            outcome: "ok" | "absorbed" | "upstream_error" | "rejected" | "exhausted" | "aborted";
                            output_tokens: number | null;
                            /** @description Spent before the first attempt was sent; null when none was. */
                            overhead_ms: number | null;
                            /** @description Without the query. */
                            path: string;
                            reasoning_tokens: number | null;
                            /** @description Clients may send their own: not always unique. */
                            request_id: string;
                            route: string;
                            /** Format: date-time */
                            started_at: string;
                            /** @description 499 when the client left first. */
                            status: number;
                            stream: boolean;
                            tokens_estimated: boolean;
                            trace_id: string | null;
                            upstream: string;
                            user_agent: string;
                        }[];
                        /** @description Go on with it, also after a page with fewer entries than asked for: one call looks through a bounded part of the log. null at the end. */
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
    getLogsById: {
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
            /** @description The newest one with this id. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        attempts: number;
                        bytes_in: number;
                        bytes_out: number;
                        cache_read_tokens: number | null;
                        cache_write_tokens: number | null;
                        client_address: string;
                        client_key_id: string;
                        /** @description Estimated; null when the model has no known price. */
                        cost_usd: number | null;
                        /** @description Milliseconds. */
                        duration_ms: number;
                        /** Format: date-time */
                        ended_at: string;
                        error_code: string | null;
                        /** @description Until the first byte of the answer. */
                        first_byte_ms: number | null;
                        /** @description Of the row. */
                        id: string;
                        input_tokens: number | null;
                        /** @description Upstream key of the last attempt; null for people of an account. */
                        key_id: string | null;
                        /** @enum {string} */
                        kind: "llm" | "generic";
                        method: string;
                        model: string;
                        /**
                         * @description absorbed = served, after failures that the client never saw.
                         * @enum {string}
                         */
                        outcome: "ok" | "absorbed" | "upstream_error" | "rejected" | "exhausted" | "aborted";
                        output_tokens: number | null;
                        /** @description Spent before the first attempt was sent; null when none was. */
                        overhead_ms: number | null;
                        /** @description Without the query. */
                        path: string;
                        phases: {
                            /** @description Milliseconds. */
                            duration_ms: number;
                            /** @enum {string} */
                            name: "admission" | "attempts" | "relay";
                            /** @description Milliseconds. */
                            start_ms: number;
                        }[];
                        reasoning_tokens: number | null;
                        /** @description Clients may send their own: not always unique. */
                        request_id: string;
                        route: string;
                        /** Format: date-time */
                        started_at: string;
                        /** @description 499 when the client left first. */
                        status: number;
                        stream: boolean;
                        tokens_estimated: boolean;
                        trace_id: string | null;
                        /** @description What was tried, in this order, and what came of it. */
                        tries: {
                            /** @description Milliseconds. */
                            duration_ms: number;
                            host: string | null;
                            /** @description Masked; null when the key is gone, and for people of an account. */
                            key: string | null;
                            key_id: string | null;
                            reason: string | null;
                            result: string;
                            /** @description Milliseconds. */
                            start_ms: number;
                            /** @description 0 when the vendor did not answer. */
                            status: number;
                        }[];
                        upstream: string;
                        user_agent: string;
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
    getLogsExport: {
        parameters: {
            query?: {
                account?: string;
                client_key?: string;
                error_code?: string;
                format?: "csv" | "ndjson";
                from?: string;
                key?: string;
                min_duration_ms?: number;
                model?: string;
                outcome?: "ok" | "absorbed" | "upstream_error" | "rejected" | "exhausted" | "aborted";
                request_id?: string;
                route?: string;
                search?: string;
                status?: string;
                until?: string;
                upstream?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All that fit. An export that ends is complete. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
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
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The settings. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description In force in every process.
                         * @enum {string}
                         */
                        log_level: "error" | "warn" | "info" | "debug" | "trace";
                        /**
                         * @description LOG_LEVEL: in force again in each process that is started anew.
                         * @enum {string}
                         */
                        log_level_default: "error" | "warn" | "info" | "debug" | "trace";
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    patchSettings: {
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
                 *       "log_level": "debug"
                 *     }
                 */
                "application/json": {
                    /** @description null = LOG_LEVEL. */
                    log_level: ("error" | "warn" | "info" | "debug" | "trace") | null;
                };
            };
        };
        responses: {
            /** @description The settings, in force here, and elsewhere within a second. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description In force in every process.
                         * @enum {string}
                         */
                        log_level: "error" | "warn" | "info" | "debug" | "trace";
                        /**
                         * @description LOG_LEVEL: in force again in each process that is started anew.
                         * @enum {string}
                         */
                        log_level_default: "error" | "warn" | "info" | "debug" | "trace";
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
                        config: {
                            /** @description Some process has not put the stored configuration in force yet. */
                            drift: boolean;
                            stored_version: number;
                            /** @description In force in this process. */
                            version: number | null;
                        };
                        counts: {
                            accounts: number;
                            client_keys: number;
                            keys: {
                                [key: string]: number;
                            };
                            routes: number;
                            upstreams: number;
                            users: number;
                        };
                        in_flight: {
                            listeners: number;
                            requests: number;
                            web_sockets: number;
                        };
                        last_errors: {
                            at: string | null;
                            event: string;
                            message: string;
                            request_id: string | null;
                            upstream: string | null;
                        }[];
                        /** @description What waits to be written. */
                        queues: {
                            [key: string]: number;
                        };
                        rates: {
                            /** @description Served although an attempt failed. */
                            absorbed: number;
                            /** @description Ended with an error of the vendor or the gateway. */
                            errors: number;
                            requests: number;
                            requests_per_second: number;
                            /** @description Less than 60, 300 or 900 while the process is younger. */
                            window_seconds: number;
                        }[];
                        replicas: {
                            age_seconds: number;
                            config_version: number | null;
                            /** @description Opaque id. */
                            id: string;
                            /** Format: date-time */
                            started_at: string;
                            this_process: boolean;
                            version: string;
                        }[];
                        services: {
                            [key: string]: {
                                /** Format: date-time */
                                checked_at: string;
                                detail: string;
                                /** Format: date-time */
                                since: string;
                                /** @enum {string} */
                                status: "pass" | "warn";
                            };
                        };
                        /** Format: date-time */
                        started_at: string;
                        /**
                         * @description `warn`: database or cache do not answer.
                         * @enum {string}
                         */
                        status: "ok" | "warn";
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
                        data: ({
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
                        } | {
                            adapter: string;
                            enabled: boolean;
                            /** @description Opaque id. */
                            id: string;
                            /** @enum {string} */
                            kind: "llm" | "generic";
                            name: string;
                            /** @description Where clients call it. */
                            proxy_path: string;
                            slug: string;
                        })[];
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
                    } | {
                        adapter: string;
                        enabled: boolean;
                        /** @description Opaque id. */
                        id: string;
                        /** @enum {string} */
                        kind: "llm" | "generic";
                        name: string;
                        /** @description Where clients call it. */
                        proxy_path: string;
                        slug: string;
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
                tag?: string;
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
                            tags: string[];
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
                    /** @description Accounts may be bound to the keys with one tag (key_tag). */
                    tags?: string[];
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
                        tags: string[];
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
                background?: "true" | "false";
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
                 *           "tier": 1,
                 *           "tags": [
                 *             "team-a"
                 *           ]
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
                        /** @description Accounts may be bound to the keys with one tag (key_tag). */
                        tags?: string[];
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
            /** @description With background=true, or above 10000 keys unless it is false: the job that imports them. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string | null;
                        /** @description Runs begun since the last checkpoint. */
                        attempts: number;
                        cancel_requested: boolean;
                        completed_at: string | null;
                        /** @description How many there are to be done; null = not known. */
                        count: number | null;
                        /** Format: date-time */
                        created_at: string;
                        created_by: string;
                        /** @description Of the last attempt that failed; empty when none did. */
                        error_message: string;
                        /** @description Opaque id. */
                        id: string;
                        kind: string;
                        max_attempts: number;
                        payload: unknown;
                        priority: number;
                        progress: {
                            done: number;
                            note: string;
                            percent: number | null;
                            total: number | null;
                        };
                        /** @description What came of it; null before the end. Secrets are not in it: POST /jobs/{id}/result gives them out once. */
                        result: unknown;
                        /** Format: date-time */
                        run_at: string;
                        started_at: string | null;
                        /**
                         * @description scheduled = its time has not come; failed = parked after its last attempt, or it can never succeed.
                         * @enum {string}
                         */
                        status: "scheduled" | "queued" | "running" | "succeeded" | "failed" | "cancelled";
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
    getUsage: {
        parameters: {
            query?: {
                account?: string;
                client_key?: string;
                from?: string;
                group_by?: string;
                limit?: number;
                model?: string;
                page?: number;
                until?: string;
                upstream?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The most requests first, or in the order of time; people of an account see theirs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description The client left first. */
                            aborted: number;
                            /** @description Served, after failures that the client never saw. */
                            absorbed: number;
                            account_id?: string | null;
                            attempts: number;
                            bytes_in: number;
                            bytes_out: number;
                            cache_read_tokens: number;
                            cache_write_tokens: number;
                            client_key_id?: string;
                            /** @description Estimated. */
                            cost_usd: number;
                            /** @description Requests that were answered with an error: upstream_error, rejected and exhausted. */
                            errors: number;
                            /** @description Requests whose tokens were estimated. */
                            estimated_requests: number;
                            exhausted: number;
                            /**
                             * Format: date-time
                             * @description Start of the day, hour or minute, when it is grouped by one.
                             */
                            from?: string;
                            input_tokens: number;
                            mean_duration_ms: number | null;
                            model?: string;
                            ok: number;
                            output_tokens: number;
                            reasoning_tokens: number;
                            rejected: number;
                            requests: number;
                            total_tokens: number;
                            /** @description Requests with tokens of a model without a known price: they are missing in cost_usd. */
                            unpriced_requests: number;
                            upstream?: string;
                            upstream_error: number;
                        }[];
                        /** Format: date-time */
                        from: string;
                        limit: number;
                        page: number;
                        /** @description Groups. */
                        total: number;
                        /** @description Over all groups. */
                        totals: {
                            /** @description The client left first. */
                            aborted: number;
                            /** @description Served, after failures that the client never saw. */
                            absorbed: number;
                            attempts: number;
                            bytes_in: number;
                            bytes_out: number;
                            cache_read_tokens: number;
                            cache_write_tokens: number;
                            /** @description Estimated. */
                            cost_usd: number;
                            /** @description Requests that were answered with an error: upstream_error, rejected and exhausted. */
                            errors: number;
                            /** @description Requests whose tokens were estimated. */
                            estimated_requests: number;
                            exhausted: number;
                            input_tokens: number;
                            mean_duration_ms: number | null;
                            ok: number;
                            output_tokens: number;
                            reasoning_tokens: number;
                            rejected: number;
                            requests: number;
                            total_tokens: number;
                            /** @description Requests with tokens of a model without a known price: they are missing in cost_usd. */
                            unpriced_requests: number;
                            upstream_error: number;
                        };
                        /**
                         * Format: date-time
                         * @description The range in whole minutes; further back in whole hours or days, because only those are kept.
                         */
                        until: string;
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
    getUsageExport: {
        parameters: {
            query?: {
                account?: string;
                client_key?: string;
                format?: "csv" | "ndjson";
                from?: string;
                group_by?: string;
                model?: string;
                until?: string;
                upstream?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All groups. An export that ends is complete. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
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
    getWebsocketStats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Numbers of this process. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Listeners that were sent away, by reason. */
                        ended: {
                            [key: string]: number;
                        };
                        /** @description That somebody listened to, since the start. */
                        events: number;
                        listeners: {
                            max: number;
                            sse: number;
                            websocket: number;
                        };
                        listeners_by_topic: {
                            [key: string]: number;
                        };
                        /** @description WebSockets between clients and vendors. */
                        proxied: {
                            max: number;
                            open: number;
                        };
                        /** @description How many times an event was sent to somebody. */
                        sent: number;
                        /** @description Left out because there were too many at once. */
                        skipped: number;
                        /** @description Different ones. */
                        subscriptions: number;
                    };
                };
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
    getWs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Open: subscribe now. */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused401"];
            403: components["responses"]["Refused403"];
            503: components["responses"]["Refused503"];
            default: components["responses"]["Problem"];
        };
    };
}
