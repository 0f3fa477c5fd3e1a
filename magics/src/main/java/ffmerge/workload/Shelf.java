package ffmerge.workload;

import ai.djl.Device;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.data.DemoHome;
import ffmerge.data.SentenceFiles;
import ffmerge.hub.Hub;
import ffmerge.hub.HubSettings;
import ffmerge.model.TransformerModel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Models and data by name: the demo's, the user's files and folders, the hub's. What was read once is kept until the shelf
 * is closed; models belong to whoever loads them.
 */
public final class Shelf implements AutoCloseable {
    private final DemoHome home;
    private final HubAccess hub;
    private final ModelSource models;
    private final DataFiles files;
    private final Tokenizers tokenizers = new Tokenizers();
    private final TextData texts;
    private final MaskedTextData masked;
    private final SentenceData sentences;
    private final SummaryData summaries;
    private final TaskData tasks;
    private final ImageData images;
    private final TranslationData translations;

    /**
     * @param home of the demo models and data
     * @param hubs makes the hub, once, when it is first needed
     */
    public Shelf(DemoHome home, Supplier<Hub> hubs) {
        this.home = home;
        this.hub = new HubAccess(hubs);
        this.models = new ModelSource(home, hub);
        this.files = new DataFiles(home, hub);
        this.texts = new TextData(files, tokenizers);
        this.masked = new MaskedTextData(texts, tokenizers);
        this.sentences = new SentenceData(files, tokenizers);
        this.summaries = new SummaryData(files, tokenizers);
        this.tasks = new TaskData(files, tokenizers);
        this.images = new ImageData(files);
        this.translations = new TranslationData(files);
    }

    /** The shelf of this machine: the demo home that is found, and the hub as the environment says. */
    public static Shelf open() {
        return new Shelf(DemoHome.find(), () -> new Hub(HubSettings.fromEnvironment()));
    }

    public DemoHome home() {
        return home;
    }

    public HubAccess hub() {
        return hub;
    }

    public ModelSource models() {
        return models;
    }

    /**
     * Loads a demo model, a folder in Hugging Face layout or a model of the hub, in float32 on the processor.
     *
     * @return the model, to be closed by the caller
     * @throws UserError if there is none of this name, or it can't be read
     */
    public TransformerModel load(String name) {
        ModelSource.Found found = models.find(name, Optional.empty(), Reporter.STDERR);
        return TransformerModel.load(found.folder(), Device.cpu(), Reporter.STDERR.progress());
    }

    /** Data's name that means the same wherever the working folder is. */
    public String settledData(String data) {
        return files.settled(data);
    }

    /** All files of data, as far as they are here, by their names in it. */
    public Map<String, Path> dataFiles(String data) {
        return files.all(data);
    }

    /** The demo data of a model's task, as it is usually measured. */
    public Workload workload(TransformerModel model) {
        return workload(model, DataRequest.DEMO);
    }

    /** As {@link #workload(TransformerModel, DataRequest, Reporter)}; notices go to stderr. */
    public Workload workload(TransformerModel model, DataRequest request) {
        return workload(model, request, Reporter.STDERR);
    }

    /**
     * What a model is trained and measured on.
     *
     * @param reporter is told of the work on the data, also of what is done when it is used, until the next request
     * @throws UserError if there is no such data, or it isn't for such a model
     */
    public Workload workload(TransformerModel model, DataRequest request, Reporter reporter) {
        files.showIn(reporter);
        Architecture.Task task = model.architecture().task();
        if (request.questions().isPresent()) {
            DataRequest.Questions asked = request.questions().get();
            if (asked.data().isPresent()) {
                TaskWorkload judge = tasks.workload(model, asked.data().get(), asked);
                return new JudgedWorkload(workload(model, request.withoutQuestions(), reporter), judge);
            }
            new Fit(model, request).require(false, false, false, false);
            return tasks.workload(model, request.data(), asked);
        }
        boolean summarizes = task == Architecture.Task.LANGUAGE_MODELLING && summaries.holds(request);
        boolean reads = task == Architecture.Task.LANGUAGE_MODELLING && !summarizes;
        boolean cuts = reads || task == Architecture.Task.MASKED_LANGUAGE_MODELLING;
        new Fit(model, request).require(cuts, reads, task == Architecture.Task.TRANSLATION, summarizes);
        if (summarizes) {
            return summaries.workload(model, request);
        }
        DataRequest named = request.data().isEmpty() ? request.naming(demoData(model, task)) : request;
        return switch (task) {
            case LANGUAGE_MODELLING -> texts.workload(model, named);
            case MASKED_LANGUAGE_MODELLING -> masked.workload(model, named);
            case IMAGE_CLASSIFICATION -> images.workload(model, named);
            case SENTENCE_CLASSIFICATION -> sentences.workload(model, named);
            case TRANSLATION -> translations.workload(model, named);
        };
    }

    /** The demo data that a model was made for; of any other model, those of its task. Whatever isn't obvious is said. */
    private String demoData(TransformerModel model, Architecture.Task task) {
        String usual = switch (task) {
            case LANGUAGE_MODELLING, MASKED_LANGUAGE_MODELLING -> "novels";
            case IMAGE_CLASSIFICATION -> "digits";
            case SENTENCE_CLASSIFICATION -> "";
            case TRANSLATION -> "tatoeba";
        };
        Optional<String> own = home.dataOf(model.origin().folder());
        if (own.isEmpty() && usual.isEmpty()) {
            throw new UserError("no demo data has classes of sentences: --data FILE names a table, "
                    + String.join(", ", SentenceFiles.NAME_ENDINGS)
                    + ", with the columns sentence and label, or a data set of the hub");
        }
        if (!own.equals(Optional.of(usual))) {
            String name = model.origin().name();
            files.notice("No --data is named: the demo data '" + own.orElse(usual) + "' is taken"
                    + (own.isPresent()
                            ? ", which " + name + " was made for"
                            : "; what " + name + " was made for isn't known"));
        }
        return own.orElse(usual);
    }

    /** Whether what is asked for is of the model's task. */
    private record Fit(TransformerModel model, DataRequest request) {
        void require(boolean cuts, boolean reads, boolean translates, boolean summarizes) {
            String texts = "language models and text";
            require(cuts, request.windows().context().isPresent(), "--context", texts);
            require(reads, request.windows().stride().isPresent(), "--stride", texts);
            DataRequest.TextWindows usual = DataRequest.DEMO.windows();
            require(reads, request.windows().bos() != usual.bos(), "--bos", texts);
            require(reads, request.windows().weighting() != usual.weighting(), "--weighting", texts);
            DataRequest.Generating generating = request.generating();
            require(translates, generating.words().isPresent(), "--tokenize", "models that translate");
            String dialogues = "data of dialogues, which are summarized";
            require(summarizes, generating.prompt().isPresent(), "--prompt", dialogues);
            require(summarizes, generating.stem(), "--stem", dialogues);
            boolean generates = translates || summarizes;
            String both = "models that translate and data of dialogues";
            require(generates, generating.beams().isPresent(), "--beams", both);
            require(generates, generating.maxLength().isPresent(), "--max-length", both);
        }

        private void require(boolean fits, boolean asked, String option, String others) {
            if (asked && !fits) {
                throw new UserError(option + " is for " + others + "; this is "
                        + model.architecture().title() + (request.data().isEmpty() ? "" : " on " + request.data()));
            }
        }
    }

    @Override
    public void close() {
        translations.close();
        tokenizers.close();
    }
}
