package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Filter and page of the list of agents; all values are optional. */
public final class ListAgentsParams {

    @JsonProperty("page")
    private final Integer page;

    @JsonProperty("limit")
    private final Integer limit;

    @JsonProperty("owner")
    private final String owner;

    @JsonProperty("agentType")
    private final String agentType;

    @JsonProperty("status")
    private final String status;

    private ListAgentsParams(Builder builder) {
        this.page = builder.page;
        this.limit = builder.limit;
        this.owner = builder.owner;
        this.agentType = builder.agentType;
        this.status = builder.status;
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

    /** {@return the owner to select, exactly, or null when it is not set} */
    public String getOwner() {
        return owner;
    }

    /** {@return the kind to select, or null when it is not set} */
    public String getAgentType() {
        return agentType;
    }

    /** {@return the state to select, or null when it is not set} */
    public String getStatus() {
        return status;
    }

    /** Collects filter and page. */
    public static final class Builder {

        private Integer page;
        private Integer limit;
        private String owner;
        private String agentType;
        private String status;

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
         * Sets the owner to select, exactly.
         *
         * @param owner the owner to select, exactly
         * @return this builder
         */
        public Builder owner(String owner) {
            this.owner = owner;
            return this;
        }

        /**
         * Sets the kind to select.
         *
         * @param agentType the kind to select
         * @return this builder
         */
        public Builder agentType(String agentType) {
            this.agentType = agentType;
            return this;
        }

        /**
         * Sets the state to select.
         *
         * @param status the state to select
         * @return this builder
         */
        public Builder status(String status) {
            this.status = status;
            return this;
        }

        /** {@return the request} */
        public ListAgentsParams build() {
            return new ListAgentsParams(this);
        }
    }
}
