from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    base_url="{OPENAI}",
    api_key="{KEY}",
    model="{MODEL}",
)
print(model.invoke("{PROMPT}").text)
