package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Filter and page of the list of credentials; all values are optional. */
public final class ListCredentialsParams {

    @JsonProperty("page")
    private final Integer page;

    @JsonProperty("limit")
    private final Integer limit;

    @JsonProperty("status")
    private final String status;

    private ListCredentialsParams(Builder builder) {
        this.page = builder.page;
        this.limit = builder.limit;
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

    /** {@return the state to select, or null when it is not set} */
    public String getStatus() {
        return status;
    }

    /** Collects filter and page. */
    public static final class Builder {

        private Integer page;
        private Integer limit;
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
        public ListCredentialsParams build() {
            return new ListCredentialsParams(this);
        }
    }
}
