package ffmerge.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a repository holds at a commit.
 *
 * @param files their names, as the hub tells them: nothing is yet sure of them
 */
record RepoListing(String commit, List<String> files) {
    private static final int LARGEST_ANSWER = 64 << 20;
    private static final int KEPT_FORMAT = 1;
    private static final int MOST_FILES = 1_000_000;
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,]*rel=\"?next\"?");

    /**
     * The names in one answer.
     *
     * @throws UserError if there is no such repository or revision, or it may not be read
     */
    static RepoListing of(HubHttp http, RepoId repo, String revision, Refusal refusal) {
        Page page = page(http, http.uri(repo.api("revision", revision)), refusal);
        String commit = page.json().path("sha").asText();
        if (!RepoCache.isCommit(commit)) {
            throw unclear(repo);
        }
        List<String> files = new ArrayList<>();
        page.json()
                .path("siblings")
                .forEach(file -> files.add(file.path("rfilename").asText()));
        return new RepoListing(commit, files);
    }

    /** All names by the pages of the tree: for repositories of so many files that one answer leaves some out. */
    RepoListing withTree(HubHttp http, RepoId repo, Refusal refusal) {
        List<String> all = new ArrayList<>();
        URI next = http.uri(repo.api("tree", commit) + "?recursive=1");
        while (next != null && all.size() < MOST_FILES) {
            Page page = page(http, next, refusal);
            if (!page.json().isArray()) {
                throw unclear(repo);
            }
            page.json().forEach(entry -> {
                if (entry.path("type").asText().equals("file")) {
                    all.add(entry.path("path").asText());
                }
            });
            next = page.json().isEmpty() ? null : page.next();
        }
        return new RepoListing(commit, all);
    }

    /** The list that Python's huggingface_hub has kept of a commit, if there is one that is understood. */
    static Optional<RepoListing> kept(RepoCache cache, String commit) {
        Path file = cache.listing(commit);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = new ObjectMapper().readTree(Files.readAllBytes(file));
            List<String> names = new ArrayList<>();
            json.path("files").fieldNames().forEachRemaining(names::add);
            boolean known = json.path("format_version").asInt() == KEPT_FORMAT && !names.isEmpty();
            return known ? Optional.of(new RepoListing(commit, names)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // without it the files' own names have to do
        }
    }

    /** @param next where the next page is, or null */
    private record Page(JsonNode json, URI next) {}

    private static Page page(HubHttp http, URI uri, Refusal refusal) {
        return http.retrying(() -> {
            try (HubAnswer answer = http.open("GET", uri, 0, refusal)) {
                byte[] body = answer.body().all(LARGEST_ANSWER);
                return new Page(new ObjectMapper().readTree(body), next(answer));
            } catch (JsonProcessingException e) {
                throw new UserError(
                        uri.getHost() + " answers with something that is no hub's list; is there a page to log in to"
                                + " before this network can be used, and does HF_ENDPOINT name a hub?",
                        e);
            }
        });
    }

    private static URI next(HubAnswer answer) throws IOException {
        Matcher next = NEXT.matcher(answer.header("Link").orElse(""));
        if (!next.find()) {
            return null;
        }
        try {
            URI uri = answer.uri().resolve(next.group(1));
            if (HubHttp.sameOrigin(uri, answer.uri())) {
                return uri;
            }
        } catch (IllegalArgumentException | NullPointerException e) {
            // no address
        }
        throw new IOException("its list goes on at an address that is not its own");
    }

    private static UserError unclear(RepoId repo) {
        return new UserError("the hub's list of the " + repo + " is none; does HF_ENDPOINT name a hub?");
    }
}
