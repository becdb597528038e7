package ai.sentryagent.idp;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** The two ends of an asynchronous call: the future of the caller and the waiting caller. */
final class Futures {

    private Futures() {}

    /**
     * Returns a future of its own for one caller: cancelling it leaves the stage alone, and it fails
     * with the failure itself, not with a wrapper.
     */
    static <T> CompletableFuture<T> expose(CompletionStage<T> stage) {
        CompletableFuture<T> result = new CompletableFuture<>();
        stage.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(unwrap(failure));
            }
        });
        return result;
    }

    /** Turns what is thrown before a stage exists into its failure. */
    static <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> call) {
        try {
            return call.get();
        } catch (AgentIdPException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** Waits for the value of an asynchronous call. */
    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            future.cancel(true);
            throw AgentIdPException.network("The wait for the answer was interrupted.", interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof AgentIdPException failure) {
                throw new AgentIdPException(failure);
            }
            throw new IllegalStateException(failed.getCause());
        }
    }

    static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
