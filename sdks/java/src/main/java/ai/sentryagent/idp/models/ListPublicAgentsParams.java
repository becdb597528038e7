package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Search and page of the marketplace; all values are optional. */
public final class ListPublicAgentsParams {

    @JsonProperty("q")
    private final String q;

    @JsonProperty("capability")
    private final String capability;

    @JsonProperty("publisher")
    private final String publisher;

    @JsonProperty("page")
    private final Integer page;

    @JsonProperty("limit")
    private final Integer limit;

    private ListPublicAgentsParams(Builder builder) {
        this.q = builder.q;
        this.capability = builder.capability;
        this.publisher = builder.publisher;
        this.page = builder.page;
        this.limit = builder.limit;
    }

    /** {@return a builder without any value} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * {@return the words that must all occur in owner, capabilities or kind, or null when it is not
     * set}
     */
    public String getQ() {
        return q;
    }

    /** {@return the capability to select, exactly, or null when it is not set} */
    public String getCapability() {
        return capability;
    }

    /** {@return the owner to select, exactly, or null when it is not set} */
    public String getPublisher() {
        return publisher;
    }

    /** {@return the number of the page, from 1, or null when it is not set} */
    public Integer getPage() {
        return page;
    }

    /** {@return the number of entries of a page, 1 to 100, or null when it is not set} */
    public Integer getLimit() {
        return limit;
    }

    /** Collects search and page. */
    public static final class Builder {

        private String q;
        private String capability;
        private String publisher;
        private Integer page;
        private Integer limit;

        private Builder() {}

        /**
         * Sets the words that must all occur in owner, capabilities or kind.
         *
         * @param q the words that must all occur in owner, capabilities or kind
         * @return this builder
         */
        public Builder q(String q) {
            this.q = q;
            return this;
        }

        /**
         * Sets the capability to select, exactly.
         *
         * @param capability the capability to select, exactly
         * @return this builder
         */
        public Builder capability(String capability) {
            this.capability = capability;
            return this;
        }

        /**
         * Sets the owner to select, exactly.
         *
         * @param publisher the owner to select, exactly
         * @return this builder
         */
        public Builder publisher(String publisher) {
            this.publisher = publisher;
            return this;
        }

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

        /** {@return the request} */
        public ListPublicAgentsParams build() {
            return new ListPublicAgentsParams(this);
        }
    }
}
