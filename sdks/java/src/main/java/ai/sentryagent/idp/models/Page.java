package ai.sentryagent.idp.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * One page of a list.
 *
 * @param <T> the type of the entries
 */
public final class Page<T> {

    @JsonProperty("data")
    private List<T> data;

    @JsonProperty("total")
    private long total;

    @JsonProperty("page")
    private int page;

    @JsonProperty("limit")
    private int limit;

    Page() {}

    /** {@return the entries of this page, newest first} */
    public List<T> getData() {
        return Views.of(data);
    }

    /** {@return the number of all matches, not only those of this page} */
    public long getTotal() {
        return total;
    }

    /** {@return the number of this page; the first is 1} */
    public int getPage() {
        return page;
    }

    /** {@return the largest number of entries of a page} */
    public int getLimit() {
        return limit;
    }
}
