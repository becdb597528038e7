package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/** Filter and page of the audit log; all values are optional. */
public final class QueryAuditLogParams {

    @JsonProperty("page")
    private final Integer page;

    @JsonProperty("limit")
    private final Integer limit;

    @JsonProperty("agentId")
    private final String agentId;

    @JsonProperty("action")
    private final String action;

    @JsonProperty("outcome")
    private final String outcome;

    @JsonProperty("fromDate")
    private final Instant fromDate;

    @JsonProperty("toDate")
    private final Instant toDate;

    private QueryAuditLogParams(Builder builder) {
        this.page = builder.page;
        this.limit = builder.limit;
        this.agentId = builder.agentId;
        this.action = builder.action;
        this.outcome = builder.outcome;
        this.fromDate = builder.fromDate;
        this.toDate = builder.toDate;
    }

    /** {@return a builder without any value} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the number of the page, from 1, or null when it is not set} */
    public Integer getPage() {
        return page;
    }

    /** {@return the number of entries of a page, 1 to 100, or null when it is not set} */
    public Integer getLimit() {
        return limit;
    }

    /** {@return the agent to select, or null when it is not set} */
    public String getAgentId() {
        return agentId;
    }

    /** {@return the action to select, or null when it is not set} */
    public String getAction() {
        return action;
    }

    /** {@return the outcome to select, or null when it is not set} */
    public String getOutcome() {
        return outcome;
    }

    /** {@return the start of the period, inclusive, or null when it is not set} */
    public Instant getFromDate() {
        return fromDate;
    }

    /** {@return the end of the period, inclusive, or null when it is not set} */
    public Instant getToDate() {
        return toDate;
    }

    /** Collects filter and page. */
    public static final class Builder {

        private Integer page;
        private Integer limit;
        private String agentId;
        private String action;
        private String outcome;
        private Instant fromDate;
        private Instant toDate;

        private Builder() {}

        /**
         * Sets the number of the page, from 1.
         *
         * @param page the number of the page, from 1
         * @return this builder
         */
        public Builder page(int page) {
            this.page = page;
            return this;
        }

        /**
         * Sets the number of entries of a page, 1 to 100.
         *
         * @param limit the number of entries of a page, 1 to 100
         * @return this builder
         */
        public Builder limit(int limit) {
            this.limit = limit;
            return this;
        }

        /**
         * Sets the agent to select.
         *
         * @param agentId the agent to select
         * @return this builder
         */
        public Builder agentId(String agentId) {
            this.agentId = agentId;
            return this;
        }

        /**
         * Sets the action to select.
         *
         * @param action the action to select
         * @return this builder
         */
        public Builder action(String action) {
            this.action = action;
            return this;
        }

        /**
         * Sets the outcome to select.
         *
         * @param outcome the outcome to select
         * @return this builder
         */
        public Builder outcome(String outcome) {
            this.outcome = outcome;
            return this;
        }

        /**
         * Sets the start of the period, inclusive.
         *
         * @param fromDate the start of the period, inclusive
         * @return this builder
         */
        public Builder fromDate(Instant fromDate) {
            this.fromDate = fromDate;
            return this;
        }

        /**
         * Sets the end of the period, inclusive.
         *
         * @param toDate the end of the period, inclusive
         * @return this builder
         */
        public Builder toDate(Instant toDate) {
            this.toDate = toDate;
            return this;
        }

        /** {@return the request} */
        public QueryAuditLogParams build() {
            return new QueryAuditLogParams(this);
        }
    }
}
